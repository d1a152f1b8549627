"""A proxy that understands PostgreSQL's messages, to act exactly where a transaction ends.

The server behind it must not encrypt: give it the URL of `PostgresProxy.url`.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from sqlalchemy import make_url

from tests.faults.proxy import End, Proxy


class Point(Enum):
    """Where in an award's transaction the proxy can act."""

    APPENDED = auto()
    """PostgreSQL appended to the ledger, and nobody was told."""

    COMMIT_SENT = auto()
    """COMMIT arrived here and was not passed on."""

    COMMIT_ANSWERED = auto()
    """PostgreSQL committed, and nobody was told."""


class Then(Enum):
    """What becomes of the message that was held back, and of its connection."""

    PASS_ON = auto()
    DROP = auto()
    """Both ends are closed, and the message is lost."""
    HOLD = auto()
    """It never goes on, and the connection stays open until its caller hangs up."""


Act = Callable[[], Awaitable[Then]]


async def drop() -> Then:
    """Loses the message and the connection."""
    return Then.DROP


async def hold() -> Then:
    """Says nothing any more."""
    return Then.HOLD


class Dropped(ConnectionError):
    """The connection is to be closed on purpose."""


@dataclass(slots=True)
class _Armed:
    point: Point
    text: bytes
    act: Act
    reached: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Talk:
    """What is known of one connection."""

    statements: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    """The SQL of each prepared statement, by its name."""
    arguments: bytearray = field(default_factory=bytearray)
    """All that its transaction was given as parameters."""
    appending: bool = False
    """What appends entries was sent and is not answered."""
    appended: bool = False
    """It was answered; only COMMIT is left."""


class PostgresProxy(Proxy):
    """Passes messages on one by one and acts, once each time it was armed, at a point."""

    def __init__(self, url: str) -> None:
        """`url` is that of the real database."""
        self._url = make_url(url)
        assert self._url.host is not None
        assert self._url.port is not None
        super().__init__(self._url.host, self._url.port)
        self._armed: list[_Armed] = []

    @property
    def url(self) -> str:
        """The database as seen through this proxy."""
        seen = self._url.set(port=self.port).update_query_dict({"sslmode": "disable"})
        return seen.render_as_string(hide_password=False)

    def arm(self, point: Point, act: Act, *, text: str) -> asyncio.Event:
        """Lets `act` decide at the next such point of a transaction that was given `text`.

        That is a parameter or a part of one, a request id for example. The event returned is set
        when the point is reached. Armed several times, it acts so often.
        """
        armed = _Armed(point, text.encode(), act)
        self._armed.append(armed)
        return armed.reached

    async def carry(self, caller: End, target: End) -> None:
        """Passes messages on until one end hangs up."""
        talk = _Talk()
        await self.until_one_ends(
            self._forth(talk, caller.reader, target.writer),
            self._back(talk, target.reader, caller.writer),
        )

    async def _forth(
        self, talk: _Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # The first one, which says who connects, bears no type.
        async for kind, message in self._messages(reader, first_is_typed=False):
            if kind == b"P":
                name, sql, _ = message[5:].split(b"\0", 2)
                talk.statements[name] = sql
            elif kind == b"B":
                _, name, _ = message[5:].split(b"\0", 2)
                talk.arguments += message
                sql = talk.statements[name]
                talk.appending = b"append_entries(" in sql or b"book_progress(" in sql
            elif kind == b"Q" and message[5:].startswith(b"BEGIN"):
                talk.appended = False
                talk.arguments.clear()
            elif kind == b"Q" and message[5:].startswith(b"COMMIT") and talk.appended:
                await self._at(Point.COMMIT_SENT, talk)
            writer.write(message)
            await writer.drain()

    async def _back(
        self, talk: _Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async for kind, message in self._messages(reader, first_is_typed=True):
            if kind == b"C" and talk.appending:
                talk.appending, talk.appended = False, True
                await self._at(Point.APPENDED, talk)
            elif kind == b"C" and message[5:] == b"COMMIT\0" and talk.appended:
                await self._at(Point.COMMIT_ANSWERED, talk)
            elif kind == b"E":
                talk.appending = talk.appended = False
            writer.write(message)
            await writer.drain()

    async def _messages(
        self, reader: asyncio.StreamReader, *, first_is_typed: bool
    ) -> AsyncGenerator[tuple[bytes, bytes]]:
        """Each message that arrives: its type, one letter or none, and all its bytes."""
        arrived = bytearray()
        letters = int(first_is_typed)
        while block := await self.read(reader):
            arrived += block
            # A length, which counts itself, follows the letter.
            while len(arrived) >= letters + 4:
                size = letters + int.from_bytes(arrived[letters : letters + 4])
                if len(arrived) < size:
                    break
                message = bytes(arrived[:size])
                del arrived[:size]
                yield message[:letters], message
                letters = 1

    async def _at(self, point: Point, talk: _Talk) -> None:
        """Returns when the message that led here is to be passed on."""
        for armed in self._armed:
            if armed.point is point and armed.text in talk.arguments:
                self._armed.remove(armed)
                armed.reached.set()
                match await armed.act():
                    case Then.PASS_ON:
                        return
                    case Then.DROP:
                        raise Dropped
                    case Then.HOLD:
                        # Ends with the link, when the other direction does.
                        await asyncio.get_running_loop().create_future()
