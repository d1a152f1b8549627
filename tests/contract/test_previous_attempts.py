"""An error tells how often gRPC had tried the call before: of those attempts it says nothing.

Calls here go over channels without gRPC's retries, which would write the header themselves.
"""

import asyncio
import struct
from collections.abc import AsyncGenerator, Awaitable, Sequence

import grpc
import pytest

from laurels.v1.audit_service_pb2 import AuditUserRequest
from laurels.v1.error_reason_pb2 import ErrorReason
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    BatchSubmitProgressResponse,
    SubmitProgressRequest,
)
from tests.calls import attempt, refusal
from tests.contract.conftest import Steady

HEADER = "grpc-previous-rpc-attempts"
SUBMIT = "/laurels.v1.ProgressService/SubmitProgress"
LOCKED = attempt("scout-003", "puk_u1_l5", "try-1").SerializeToString()

REFUSALS = {
    "LEVEL_LOCKED": (SUBMIT, LOCKED),
    "REQUEST_ID_REUSED": (SUBMIT, attempt("scout-001", "puk_u1_l2", "first").SerializeToString()),
    "INVALID_FIELD": (SUBMIT, SubmitProgressRequest(score=-1).SerializeToString()),
    "MALFORMED_REQUEST": ("/laurels.v1.XpService/AwardXp", b"\xff"),
    "LEARNER_NOT_FOUND": (
        "/laurels.v1.AuditService/AuditUser",
        AuditUserRequest(user_id="nobody").SerializeToString(),
    ),
}


@pytest.fixture
async def channel(steady: Steady) -> AsyncGenerator[grpc.aio.Channel]:
    options = (("grpc.enable_retries", 0),)
    async with grpc.aio.insecure_channel(steady.app.address, options) as opened:
        yield opened


def send(
    channel: grpc.aio.Channel, path: str, data: bytes, headers: Sequence[str]
) -> Awaitable[object]:
    metadata = grpc.aio.Metadata(*((HEADER, value) for value in headers))
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
    return method(data, metadata=metadata)


@pytest.mark.parametrize("reason", REFUSALS)
async def test_every_error_tells_of_attempts_before_beside_its_own_facts(
    channel: grpc.aio.Channel, reason: str
) -> None:
    first = await refusal(send(channel, *REFUSALS[reason], []))
    third = await refusal(send(channel, *REFUSALS[reason], ["2"]))

    assert (first.reason, third.reason) == (reason, reason)
    assert third.metadata == {**first.metadata, "previous_attempts": "2"}
    assert "previous_attempts" not in first.metadata
    assert (third.code, third.message, third.fields) == (first.code, first.message, first.fields)


async def test_the_error_of_a_stream_tells_it_too(channel: grpc.aio.Channel) -> None:
    stream: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(
        "/laurels.v1.AuditService/AuditAll"
    )
    call = stream(b"\xff", metadata=grpc.aio.Metadata((HEADER, "1")))
    refused = await refusal(call.read())

    assert (refused.reason, refused.metadata) == ("MALFORMED_REQUEST", {"previous_attempts": "1"})


async def test_an_item_of_a_batch_tells_it_too(channel: grpc.aio.Channel) -> None:
    batch = BatchSubmitProgressRequest(requests=[attempt("scout-003", "puk_u1_l5", "try-1")])
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
        "/laurels.v1.ProgressService/BatchSubmitProgress"
    )
    metadata = grpc.aio.Metadata((HEADER, "1"))
    answer = await method(batch.SerializeToString(), metadata=metadata)
    [result] = BatchSubmitProgressResponse.FromString(answer).results

    assert result.error.reason == ErrorReason.ERROR_REASON_LEVEL_LOCKED
    assert result.error.metadata["previous_attempts"] == "1"
    assert result.error.metadata["level_id"] == "puk_u1_l5"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (["0"], None),
        (["007"], "7"),
        (["4294967295"], "4294967295"),
        # The last one counts.
        (["3", "1"], "1"),
        (["3", "0"], None),
    ],
)
async def test_whatever_number_it_is_told_once_and_plainly(
    channel: grpc.aio.Channel, sent: list[str], told: str | None
) -> None:
    refused = await refusal(send(channel, SUBMIT, LOCKED, sent))

    assert refused.reason == "LEVEL_LOCKED"
    assert refused.metadata.get("previous_attempts") == told


@pytest.mark.parametrize(
    "value",
    [b"", b"one", b"-1", b"1.5", b"0x10", b"1,2", b"4294967296", b"9" * 100, b"\xff\xfe"],
    ids=repr,
)
async def test_what_is_no_number_is_refused_by_the_transport_and_does_no_harm(
    steady: Steady, channel: grpc.aio.Channel, value: bytes
) -> None:
    """No gRPC library would send it, so it is written onto the wire by hand."""
    # One that is open already, to be served on.
    before = await refusal(send(channel, SUBMIT, LOCKED, []))
    answered = await raw_answer(steady.app.address, (HEADER.encode(), value))

    # INTERNAL, and by gRPC itself: without our details nobody takes it as definite.
    assert b"grpc-status\x0213" in answered
    assert b"grpc-status-details-bin" not in answered
    assert await refusal(send(channel, SUBMIT, LOCKED, [])) == before


async def raw_answer(address: str, header: tuple[bytes, bytes]) -> bytes:
    """The frames that answer an attempt at a locked level, sent with one header more."""
    headers = b"".join(
        b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value
        for name, value in (
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":path", SUBMIT.encode()),
            (b":authority", address.encode()),
            (b"te", b"trailers"),
            (b"content-type", b"application/grpc"),
            header,
        )
    )
    message = struct.pack(">BI", 0, len(LOCKED)) + LOCKED
    end_headers, end_stream = 4, 1
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b""))
        writer.write(frame(1, end_headers, 1, headers) + frame(0, end_stream, 1, message))
        answered = b""
        while b"grpc-status\x02" not in answered:
            block = await reader.read(65_536)
            assert block, f"the connection was closed after {answered!r}"
            answered += block
        return answered
    finally:
        writer.transport.abort()


def frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    """A frame of HTTP/2."""
    return struct.pack(">I", len(content))[1:] + struct.pack(">BBI", kind, flags, stream) + content
