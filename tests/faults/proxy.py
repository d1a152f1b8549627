"""A TCP proxy on loopback, to stand between a server and what it relies on, and to break."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Final, NamedTuple, Self

_HOST: Final = "127.0.0.1"

# Above those that the tests give their servers, below those that Linux hands out to outgoing
# connections: while it is cut off, nobody else takes the port.
_PORTS: Final = range(32_000, 32_768)

_MOST_BYTES: Final = 64 * 1024


class End(NamedTuple):
    """One connection of the two that make a link."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Proxy:
    """Passes bytes on between callers and a target, until it is told to break.

    `address` stays the same throughout. A target that cannot be reached shows as a connection that
    ends at once. Whatever goes wrong inside the proxy itself is raised at its end.
    """

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._links: set[asyncio.Task[None]] = set()
        self._defects: list[Exception] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def address(self) -> str:
        """Where callers connect: host and port."""
        return f"{_HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """How many callers are connected, whether or not anything is passed on."""
        return len(self._links)

    async def cut(self) -> None:
        """Closes every connection and refuses new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._hang_up()

    async def hang(self) -> None:
        """Keeps connections open, and takes new ones, but passes nothing on, hang-ups neither."""
        self._flowing.clear()
        await self._listen()

    async def mend(self) -> None:
        """Works again. What was sent to a hanging proxy arrives late, as on a slow network."""
        self._flowing.set()
        await self._listen()

    async def aim(self, host: str, port: int) -> None:
        """Leads new connections elsewhere and closes the old ones; otherwise stays as it is."""
        self._target = (host, port)
        await self._hang_up()

    async def __aenter__(self) -> Self:
        for port in random.sample(_PORTS, 100):
            self.port = port
            with suppress(OSError):
                await self._listen()
                return self
        raise AssertionError("no free port")

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.cut()
        if self._defects and error is None:
            raise ExceptionGroup("in the proxy", self._defects)

    async def carry(self, caller: End, target: End) -> None:
        """Passes on what either end says, until one hangs up."""
        await self.until_one_ends(
            self._flow(caller.reader, target.writer), self._flow(target.reader, caller.writer)
        )

    async def until_one_ends(self, *ways: Coroutine[None, None, None]) -> None:
        """Runs both directions until one is at its end."""
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """What arrived, nothing at the end; while the proxy hangs, neither is told."""
        try:
            block = await reader.read(_MOST_BYTES)
        except ConnectionError:
            block = b""
        await self._flowing.wait()
        return block

    async def _flow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await self.read(reader):
            writer.write(block)
            await writer.drain()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, _HOST, self.port)

    async def _hang_up(self) -> None:
        # One that was just accepted has no link yet, and gets one while the others end.
        while self._links:
            for link in self._links:
                link.cancel()
            await asyncio.wait(self._links)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.create_task(self._link(End(reader, writer)))
        self._links.add(link)
        link.add_done_callback(self._ended)

    def _ended(self, link: asyncio.Task[None]) -> None:
        self._links.discard(link)
        if not link.cancelled() and isinstance(defect := link.exception(), Exception):
            self._defects.append(defect)

    async def _link(self, caller: End) -> None:
        ends = [caller]
        try:
            if self._server is None:
                return
            await self._flowing.wait()
            with suppress(OSError):
                target = End(*await asyncio.open_connection(*self._target))
                ends.append(target)
                await self.carry(caller, target)
            # An end that hung up has said all it had to say, and that is still passed on.
            for end in ends:
                end.writer.close()
            closed = [end.writer.wait_closed() for end in ends]
            await asyncio.gather(*closed, return_exceptions=True)
        finally:
            for end in ends:
                end.writer.transport.abort()
