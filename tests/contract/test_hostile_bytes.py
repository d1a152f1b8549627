"""Bytes that are no message of ours, too many of them, and methods that are not there."""

import time
from collections.abc import Awaitable

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from laurels.v1.catalog_service_pb2 import Level, UpsertLevelsRequest
from laurels.v1.progress_service_pb2 import BatchSubmitProgressRequest, SubmitProgressRequest
from laurels.v1.user_service_pb2 import GetUserRequest, UpsertUsersRequest, User
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import refusal
from tests.contract.conftest import Steady
from tests.contract.wire import RPCS, SAMPLES, Rpc, reflect, send, send_bytes

MIB = 1024 * 1024

NEWER = b"\xa0\x1f\x01"
"""Field 500, a varint: no message of ours has it."""

WITHOUT_TEXT = {"AuditAllRequest", "RebuildProjectionRequest", "GetSyncStatusRequest"}

each_rpc = pytest.mark.parametrize("rpc", RPCS, ids=str)
each_rpc_with_text = pytest.mark.parametrize(
    "rpc", [rpc for rpc in RPCS if rpc.request.__name__ not in WITHOUT_TEXT], ids=str
)


def sample(rpc: Rpc) -> bytes:
    return SAMPLES[rpc.request.__name__].SerializeToString()


async def code_of(call: Awaitable[object]) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def refused_as_malformed(steady: Steady, rpc: Rpc, data: bytes) -> None:
    refused = await refusal(send_bytes(steady.calls.channel, rpc.path, data))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "MALFORMED_REQUEST",
    )
    assert refused.message == "the bytes of the request are not this RPC's message"
    assert (refused.metadata, refused.fields) == ({}, {})


@each_rpc
@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xff\xff\xff", b"\x00", b"garbage", b"\x0a\xff\xff\xff\xff\x0f", b"\x0c" * 200],
    ids=["ones", "field 0", "text", "a length of 4 GiB", "groups that never began"],
)
async def test_garbage_is_malformed(steady: Steady, rpc: Rpc, garbage: bytes) -> None:
    await refused_as_malformed(steady, rpc, garbage)


@each_rpc
async def test_a_truncated_message_is_malformed(steady: Steady, rpc: Rpc) -> None:
    await refused_as_malformed(steady, rpc, (sample(rpc) or NEWER)[:-1])


def test_messages_without_text_have_no_room_for_any() -> None:
    for rpc in RPCS:
        if rpc.request.__name__ in WITHOUT_TEXT:
            kinds = {field.type for field in rpc.request.DESCRIPTOR.fields}
            assert kinds <= {FieldDescriptor.TYPE_BOOL}


@each_rpc_with_text
@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe\xfd\xfc\xfb\xfa", b"sampl\xc3", b"sam\xed\xa0\x80", b"\xc0\x80mple"],
    ids=["no UTF-8", "cut within a letter", "a surrogate", "an overlong NUL"],
)
async def test_text_that_is_not_utf_8_is_malformed(steady: Steady, rpc: Rpc, text: bytes) -> None:
    assert len(text) == len(b"sample")
    data = sample(rpc).replace(b"sample", text)
    assert data != sample(rpc)

    await refused_as_malformed(steady, rpc, data)


@each_rpc
async def test_a_field_of_a_newer_contract_changes_nothing(steady: Steady, rpc: Rpc) -> None:
    channel = steady.calls.channel

    assert await code_of(send_bytes(channel, rpc.path, NEWER)) is await code_of(
        send_bytes(channel, rpc.path, b"")
    )


@each_rpc
async def test_a_message_over_4_mib_is_turned_away(steady: Steady, rpc: Rpc) -> None:
    channel = steady.calls.channel
    beneath, above = (NEWER * (size // len(NEWER)) for size in (4 * MIB, 4 * MIB + 3))

    assert await code_of(send_bytes(channel, rpc.path, beneath)) in (
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.OK,
    )
    assert await code_of(send_bytes(channel, rpc.path, above)) is grpc.StatusCode.RESOURCE_EXHAUSTED


@each_rpc
async def test_a_gzip_bomb_is_turned_away(steady: Steady, rpc: Rpc) -> None:
    address = steady.app.address
    async with grpc.aio.insecure_channel(address, compression=grpc.Compression.Gzip) as channel:
        # About 30 KB on the wire, 30 MB when unpacked.
        bomb = send_bytes(channel, rpc.path, NEWER * 10 * MIB)

        assert await code_of(bomb) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await code_of(send_bytes(channel, rpc.path, NEWER)) is not (
            grpc.StatusCode.RESOURCE_EXHAUSTED
        )


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (UpsertUsersRequest(users=[User()] * (2 * MIB - 1)), "users"),
        (UpsertLevelsRequest(levels=[Level()] * (2 * MIB - 1)), "levels"),
        (
            BatchSubmitProgressRequest(requests=[SubmitProgressRequest()] * (2 * MIB - 1)),
            "requests",
        ),
        (
            UpsertUsersRequest(users=[User(user_id="ada", group_ids=["!"] * (MIB - 9))]),
            "users[0].group_ids",
        ),
        (
            UpsertLevelsRequest(
                levels=[Level(level_id="a", prerequisite_level_ids=["!"] * (MIB - 9))]
            ),
            "levels[0].prerequisite_level_ids",
        ),
        (
            UpsertUsersRequest(
                users=[User(user_id="ada")], update_mask=FieldMask(paths=[""] * MIB)
            ),
            "update_mask",
        ),
    ],
    ids=["users", "levels", "attempts", "groups", "prerequisites", "mask"],
)
async def test_millions_of_items_hold_nobody_up(
    steady: Steady, message: Message, field: str
) -> None:
    began = time.monotonic()
    refused = await refusal(send(steady.calls.channel, message))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(refused.fields) == [field]
    # The event loop does nothing else meanwhile. Parsing alone takes some 0.3 s of this.
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "path",
    [
        "/laurels.v1.ProgressService/StealProgress",
        "/laurels.v1.AuditService/ForgetAll",
        "/laurels.v2.ProgressService/SubmitProgress",
        "/laurels.v1.ProgressService/",
        "/",
    ],
)
async def test_an_unknown_method_is_unimplemented(steady: Steady, path: str) -> None:
    call = send_bytes(steady.calls.channel, path, b"")

    assert await code_of(call) is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("version", ["v1alpha", "v1"])
async def test_reflection_that_is_off_is_unimplemented(settings: Settings, version: str) -> None:
    quiet = settings.model_copy(update={"reflection": False})
    async with App(quiet) as app, grpc.aio.insecure_channel(app.address) as channel:
        assert await code_of(reflect(channel, version)) is grpc.StatusCode.UNIMPLEMENTED
        # The rest is there.
        unknown = await refusal(send(channel, GetUserRequest(user_id="nobody")))
        assert unknown.reason == "LEARNER_NOT_FOUND"


async def test_reflection_that_is_on_lists_the_services(steady: Steady) -> None:
    answer = await reflect(steady.calls.channel, "v1alpha")

    for service in {rpc.path.split("/")[1] for rpc in RPCS}:
        assert service.encode() in answer
