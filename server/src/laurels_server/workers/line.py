"""The line between a worker and its supervisor, as the worker has it: JSON, a message a line.

It is the worker's standard input. When it ends, the supervisor has.
"""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from laurels_server.config import Settings
from laurels_server.metrics.endpoint import families

LONGEST = 16 * 1024 * 1024
"""Bytes of a message at most: the metrics of a worker are some 50,000."""

_OVERTIME_S = 5
"""For what follows the drain, when nobody is left to wait for it."""


def encoded(message: dict[str, Any]) -> bytes:
    """A message as it is sent."""
    return json.dumps(message).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is told at its start: its number from 0, and whether it loads the sample."""

    number: int
    settings: Settings
    with_sample: bool


class Line:
    """Speaks with the supervisor. Open it inside the event loop of the worker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._listening: asyncio.Task[None] | None = None

    @staticmethod
    async def open() -> "tuple[Line, Orders] | None":
        """The line, and the first message on it; None when the supervisor is gone."""
        line = socket.socket(fileno=os.dup(0))
        line.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=line, limit=LONGEST)
        if not (first := await reader.readline()):
            return None
        orders = json.loads(first)
        return Line(reader, writer), Orders(
            orders["number"], Settings(**orders["settings"]), orders["with_sample"]
        )

    def follow(self, ended: Callable[[], None], drain_timeout_s: float) -> None:
        """Answers from now on, and calls `ended` when the supervisor has; then time is short."""
        self._listening = asyncio.create_task(self._listen(ended, drain_timeout_s))

    def serving(self, *, sample_loaded: bool) -> None:
        """Says that calls can succeed."""
        self._writer.write(encoded({"serving": True, "sample_loaded": sample_loaded}))

    async def refuse(self, because: str) -> None:
        """Says that the settings are missing or wrong, which trying again does not cure."""
        self._writer.write(encoded({"refused": because}))
        await self._writer.drain()

    async def _listen(self, ended: Callable[[], None], drain_timeout_s: float) -> None:
        while question := await self._next():
            ask: int = json.loads(question)["ask"]
            told = await asyncio.to_thread(families)
            self._writer.write(encoded({"ask": ask, "metrics": told}))
        # Whatever comes of the drain, the system ends us then.
        signal.alarm(int(drain_timeout_s) + _OVERTIME_S)
        ended()

    async def _next(self) -> bytes:
        try:
            return await self._reader.readline()
        except OSError:
            return b""
