"""The proxy that other tests break things with: each way to break it does what it says."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.e2e.process import until
from tests.faults.proxy import End, Proxy


@asynccontextmanager
async def _echoing(greeting: bytes) -> AsyncGenerator[tuple[str, int]]:
    """A server that greets and then repeats what it hears."""
    writers: set[asyncio.StreamWriter] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        writer.write(greeting)
        while said := await reader.read(1000):
            writer.write(said)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


@asynccontextmanager
async def _connected(proxy: Proxy) -> AsyncGenerator[End]:
    end = End(*await asyncio.open_connection("127.0.0.1", proxy.port))
    try:
        yield end
    finally:
        end.writer.transport.abort()


async def _hears(end: End, words: bytes) -> None:
    async with asyncio.timeout(5):
        assert await end.reader.readexactly(len(words)) == words


async def _hears_nothing(end: End) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(end.reader.read(1), timeout=0.1)


async def _is_closed(end: End) -> None:
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            assert await end.reader.read() == b""


async def test_it_passes_everything_on_and_hang_ups_too() -> None:
    async with _echoing(b"hello") as target, Proxy(*target) as proxy:
        async with _connected(proxy) as end:
            await _hears(end, b"hello")
            much = bytes(range(256)) * 10_000
            end.writer.write(much)
            await _hears(end, much)
            assert proxy.connections == 1

        async def gone() -> bool:
            return proxy.connections == 0

        await until(gone, "the link is gone")


async def test_cut_off_it_closes_and_refuses_until_it_is_mended() -> None:
    async with _echoing(b"hello") as target, Proxy(*target) as proxy:
        async with _connected(proxy) as end:
            await _hears(end, b"hello")
            await proxy.cut()
            await _is_closed(end)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)

        await proxy.mend()
        async with _connected(proxy) as end:
            await _hears(end, b"hello")


async def test_hanging_it_keeps_connections_and_passes_on_late_what_it_was_sent() -> None:
    async with _echoing(b"hello") as target, Proxy(*target) as proxy, _connected(proxy) as old:
        await _hears(old, b"hello")
        await proxy.hang()
        old.writer.write(b"late")
        async with _connected(proxy) as new:
            await asyncio.gather(_hears_nothing(old), _hears_nothing(new))

            await proxy.mend()
            await _hears(old, b"late")
            await _hears(new, b"hello")


async def test_hanging_it_tells_nobody_that_the_other_end_is_gone() -> None:
    async with _echoing(b"hello") as target, Proxy(*target) as proxy:
        async with _connected(proxy) as end:
            await _hears(end, b"hello")
            await proxy.hang()
        async with _connected(proxy) as other:
            await _hears_nothing(other)
            assert proxy.connections == 2

            await proxy.mend()
            await _hears(other, b"hello")


async def test_aimed_elsewhere_it_closes_the_old_connections_and_leads_new_ones_there() -> None:
    async with _echoing(b"here") as here, _echoing(b"there") as there, Proxy(*here) as proxy:
        async with _connected(proxy) as end:
            await _hears(end, b"here")
            await proxy.aim(*there)
            await _is_closed(end)
        async with _connected(proxy) as end:
            await _hears(end, b"there")


async def test_a_target_that_is_not_there_is_a_connection_that_ends() -> None:
    async with _echoing(b"hello") as target:
        pass
    async with Proxy(*target) as proxy, _connected(proxy) as end:
        await _is_closed(end)
