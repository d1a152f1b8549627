"""One worker, as its supervisor has it: started, started again, asked, ended."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from laurels_server.config import Settings
from laurels_server.logging import log
from laurels_server.metrics.endpoint import Family
from laurels_server.workers.line import LONGEST, encoded

_PAUSE_S = 0.2
_PAUSE_MOST_S = 5.0
"""Before a worker is started again that ended soon: doubling from the first to the second."""

_SOON_S = 10.0
"""One that lived for longer is started again at once."""

_ANSWER_S = 1.0
"""How long it may take to tell its metrics."""


class Worker:
    """A process that serves, and the next one when it dies."""

    def __init__(
        self, number: int, settings: Settings, command: Sequence[str], *, with_sample: bool
    ) -> None:
        """`command` is what a worker is started with; it is told the rest."""
        self.number = number
        self.sample_loaded = False
        self.served = asyncio.Event()
        self._settings = settings
        self._command = command
        self._with_sample = with_sample
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[list[Family]]] = {}
        self._asks = 0
        self._ending = asyncio.Event()

    async def run(self, refused: Callable[[str], None]) -> None:
        """Keeps it alive until `end`; calls `refused` with what it finds wrong about settings."""
        deaths = 0
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                code = await self._live(refused)
            except OSError as error:
                log.error("worker_not_started", worker=self.number, because=str(error))
                code = None
            if self._ending.is_set():
                return
            lived_s = time.monotonic() - began
            deaths = deaths + 1 if lived_s < _SOON_S else 0
            pause = min(_PAUSE_S * 2 ** (deaths - 1), _PAUSE_MOST_S) if deaths else 0.0
            log.error(
                "worker_ended",
                worker=self.number,
                exit_code=code,
                lived_s=round(lived_s, 1),
                again_in_s=pause,
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._ending.wait()

    def end(self) -> None:
        """Has it finish its calls and end, for good."""
        self._ending.set()
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once."""
        self._send(signal.SIGKILL)

    async def metrics(self) -> list[Family] | None:
        """What it counts; None when it gives no answer in time."""
        if self._writer is None:
            return None
        self._asks += 1
        ask = self._asks
        answer = self._asked[ask] = asyncio.get_running_loop().create_future()
        self._writer.write(encoded({"ask": ask}))
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await answer
        except (TimeoutError, asyncio.CancelledError):
            return None
        finally:
            del self._asked[ask]

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _live(self, refused: Callable[[str], None]) -> int:
        """One life of it; returns its exit code."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = process = await asyncio.create_subprocess_exec(
                    # A session of its own: a Ctrl-C is for the supervisor, who tells the workers.
                    *self._command,
                    stdin=theirs.fileno(),
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        log.info("worker_started", worker=self.number, pid=process.pid)
        if self._ending.is_set():
            self._send(signal.SIGTERM)
        ours.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=LONGEST)
        self._writer = writer
        settings = self._settings.model_dump(mode="json")
        first = {
            "number": self.number,
            "settings": settings,
            "with_sample": self._with_sample and not self.served.is_set(),
        }
        writer.write(encoded(first))
        try:
            with suppress(OSError):
                while line := await reader.readline():
                    self._hear(json.loads(line), refused)
        finally:
            self._writer = None
            writer.close()
        code = await process.wait()
        self._process = None
        return code

    def _hear(self, message: dict[str, Any], refused: Callable[[str], None]) -> None:
        if "refused" in message:
            refused(message["refused"])
        elif "serving" in message:
            self.sample_loaded = message["sample_loaded"]
            self.served.set()
        elif (answer := self._asked.get(message["ask"])) is not None and not answer.done():
            answer.set_result(message["metrics"])
