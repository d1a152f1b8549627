"""Whatever is wrong with an address, a time, a size or a value: a type, and what to do."""

import asyncio
import time
from typing import Any

import grpc
import pytest

import laurels
from laurels.errors import (
    BadArgument,
    DeadlineExceeded,
    MessageTooLarge,
    TlsFailed,
    Unavailable,
    Unreachable,
    Unsupported,
)
from laurels.v1.catalog_service_pb2 import GetLevelResponse
from tests.e2e.process import Laurels, free_address
from tests.faults.proxy import Proxy
from tests.pyclient.either import ATTEMPT, Kind, attempt, opened
from tests.pyclient.scripted import Failure, scripted


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:99999",
        "127.0.0.1:0",
        ":50051",
        "::1:50051",
        "http://127.0.0.1:50051",
        "https://laurels.example:443",
        "user@host:1",
        "host :1",
        "ipv4:127.0.0.1:1,127.0.0.1",
        "dns:///127.0.0.1",
        None,
        50051,
    ],
)
async def test_what_is_no_address_is_refused_at_once(kind: Kind, address: Any) -> None:
    with pytest.raises(BadArgument, match="HOST:PORT"):
        async with opened(kind, address):
            pass


@pytest.mark.parametrize(
    "address",
    [
        "laurels:50051",
        "[::1]:50051",
        "dns:laurels:1",
        "dns:///laurels:1",
        "dns://8.8.8.8/laurels:1",
        "ipv4:10.0.0.1:1,10.0.0.2:1",
        "ipv6:[::1]:1",
        "unix:/tmp/laurels",
        "xds:///x",
    ],
)
async def test_what_grpc_can_reach_is_taken(kind: Kind, address: str) -> None:
    async with opened(kind, address) as client:
        assert address in repr(client.client)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
async def test_a_timeout_that_is_none_is_refused(kind: Kind, timeout: float) -> None:
    with pytest.raises(BadArgument, match="timeout is in seconds, above 0"):
        async with opened(kind, "127.0.0.1:1", timeout=timeout):
            pass


async def test_where_nobody_listens(kind: Kind) -> None:
    address = free_address()
    async with opened(kind, address, retry=False) as client:
        error = await client.fails("get_level", "l")
    assert type(error) is Unreachable
    assert f"nobody listens at {address}; check the address" in error.message


async def test_a_name_that_leads_nowhere(kind: Kind) -> None:
    async with opened(kind, "laurels.invalid:50051", retry=False) as client:
        error = await client.fails("get_level", "l")
    assert type(error) is Unreachable
    assert "the name in laurels.invalid:50051 leads nowhere" in error.message


async def test_a_server_of_something_else(kind: Kind) -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(web, "127.0.0.1", 0)
    async with listening:
        address = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with opened(kind, address, retry=False) as client:
            error = await client.fails("get_level", "l")
    assert type(error) is Unreachable
    assert f"{address} does not speak gRPC" in error.message


async def test_a_server_that_does_not_know_the_call(kind: Kind) -> None:
    failure = Failure(grpc.StatusCode.UNIMPLEMENTED)
    async with scripted(failure) as server, opened(kind, server.address) as client:
        error = await client.fails("get_level", "l")
    assert type(error) is Unsupported
    assert "is it Laurels" in error.message


async def test_plaintext_against_tls(kind: Kind) -> None:
    async with (
        scripted(tls=True) as server,
        opened(kind, server.address, retry=False) as client,
    ):
        error = await client.fails("get_level", "l")
    assert type(error) is TlsFailed
    assert "connect with tls=True" in error.message
    assert not server.seen


async def test_tls_against_plaintext(kind: Kind) -> None:
    async with (
        scripted() as server,
        opened(kind, server.address, tls=True, retry=False) as client,
    ):
        error = await client.fails("get_level", "l")
    assert type(error) is TlsFailed
    assert "connect with tls=False" in error.message


async def test_a_certificate_that_is_not_trusted(kind: Kind) -> None:
    async with (
        scripted(tls=True) as server,
        opened(kind, server.address, tls=True, retry=False) as client,
    ):
        error = await client.fails("get_level", "l")
    assert type(error) is TlsFailed
    assert "root_certificates" in error.message


async def test_a_deadline_that_passes(kind: Kind) -> None:
    async with scripted() as server, opened(kind, server.address, timeout=0.3) as client:
        server.hanging = True
        began = time.monotonic()
        error = await client.fails("submit_progress", user_id="u", **ATTEMPT)
        assert 0.25 < time.monotonic() - began < 3
        assert (type(error), error.definite) == (DeadlineExceeded, False)
        assert "did not answer within 0.3 s; repeat" in error.message
        error = await client.fails("submit_progress", user_id="u", timeout=0.1, **ATTEMPT)
        assert "within 0.1 s" in error.message


async def test_without_saying_so_a_call_waits_five_seconds() -> None:
    async with (
        scripted() as server,
        opened("sync", server.address) as blocking,
        opened("asyncio", server.address) as awaiting,
    ):
        server.hanging = True
        began = time.monotonic()
        errors = await asyncio.gather(*(c.fails("get_level", "l") for c in (blocking, awaiting)))
        assert 4.9 < time.monotonic() - began < 8
        assert all("within 5 s" in error.message for error in errors)


async def test_a_server_that_goes_away_during_a_call(kind: Kind, server: Laurels) -> None:
    host, port = server.address.split(":")
    async with Proxy(host, int(port)) as proxy, opened(kind, proxy.address, retry=False) as client:
        await client.call("get_sync_status")
        await proxy.hang()
        call = asyncio.create_task(client.fails("get_sync_status"))
        await asyncio.sleep(0.2)
        assert not call.done()
        await proxy.cut()
        error = await call
    assert type(error) is Unavailable
    assert "it may be restarting; repeat the call, a write with the same request_id" in str(error)


async def test_a_request_that_is_too_large_is_not_sent(kind: Kind) -> None:
    users = [laurels.User(user_id=str(n), display_name="x" * 5000) for n in range(1000)]
    async with scripted() as server, opened(kind, server.address) as client:
        error = await client.fails("upsert_users", users)
    assert (type(error), error.definite) == (MessageTooLarge, True)
    assert "of at most 4,194,304 bytes; send it in smaller parts" in error.message
    assert not server.seen


async def test_a_request_that_was_sent_although_it_is_too_large(kind: Kind) -> None:
    users = [laurels.User(user_id=str(n), display_name="x" * 5000) for n in range(1000)]
    options = (("grpc.max_send_message_length", -1),)
    async with (
        scripted(Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much")) as server,
        opened(kind, server.address, options=options) as client,
    ):
        error = await client.fails("upsert_users", users)
    assert (type(error), error.definite) == (MessageTooLarge, False)
    assert "send it in smaller parts" in error.message


async def test_an_answer_that_is_too_large(kind: Kind) -> None:
    answer = GetLevelResponse(level=laurels.Level(title="x" * 17_000_000))
    async with scripted(answer) as server, opened(kind, server.address) as client:
        error = await client.fails("get_level", "l")
    assert (type(error), error.definite) == (MessageTooLarge, False)
    assert "ask for smaller pages" in error.message


async def test_an_answer_longer_than_the_longest_request_arrives(kind: Kind) -> None:
    answer = GetLevelResponse(level=laurels.Level(title="x" * 5_000_000))
    async with scripted(answer) as server, opened(kind, server.address) as client:
        assert await client.call("get_level", "l") == answer


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": 2**31},
        {"total_questions": -(2**40)},
        {"total_questions": 5.5},
        {"user_id": "\ud800"},
        {"level_id": 7},
    ],
)
async def test_a_value_that_no_message_can_hold(kind: Kind, wrong: dict[str, Any]) -> None:
    async with opened(kind, "127.0.0.1:1") as client:
        error = await client.fails("submit_progress", **attempt(**{"user_id": "u", **wrong}))
    assert (type(error), error.definite) == (BadArgument, True)
    assert isinstance(error, ValueError)
    (field,) = wrong
    assert f"submit_progress: {field}: " in error.message


async def test_a_method_without_an_argument_it_needs_or_with_another(kind: Kind) -> None:
    async with opened(kind, "127.0.0.1:1") as client:
        with pytest.raises(TypeError, match="missing"):
            await client.call("get_level")
        with pytest.raises(TypeError, match="unexpected keyword"):
            await client.call("get_level", "l", colour="red")


async def test_a_client_that_is_closed(kind: Kind, server: Laurels) -> None:
    async with opened(kind, server.address) as client:
        await client.call("get_sync_status")
    for name in ("get_sync_status", "get_level"):
        error = await client.fails(name, *(["l"] if name == "get_level" else []))
        assert type(error) is BadArgument
        assert "the client is closed; connect anew" in error.message
    with pytest.raises(BadArgument, match="the client is closed"):
        await client.each("audit_all")


async def test_closing_a_client_ends_its_calls_with_an_error(kind: Kind) -> None:
    async with scripted() as server, opened(kind, server.address, retry=False) as client:
        server.hanging = True
        call = asyncio.create_task(client.fails("submit_progress", user_id="u", **ATTEMPT))
        walk = asyncio.create_task(client.each("audit_all"))
        await server.streaming.wait()
        while not server.seen:
            await client.fails("get_level", "l", timeout=0.01)
        await client.close()
        error = await call
        assert (type(error), error.definite) == (Unavailable, False)
        assert error.request_id
        with pytest.raises(Unavailable):
            await walk


async def test_a_task_that_is_cancelled_ends_as_such() -> None:
    async with scripted() as server, opened("asyncio", server.address) as client:
        server.hanging = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.call("get_level", "l")
        call = asyncio.create_task(client.call("get_level", "l"))
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


def test_an_asynchronous_client_needs_a_running_loop() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        laurels.aio.connect("127.0.0.1:1")
