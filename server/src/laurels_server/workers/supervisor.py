"""Keeps the workers of one port alive, and ends them together."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from laurels_server.config import OFF, ConfigError, Settings
from laurels_server.logging import log
from laurels_server.metrics.endpoint import Endpoint, Family, Tell
from laurels_server.workers.port import held
from laurels_server.workers.worker import Worker

_OVERTIME_S = 5.0
"""How much longer than the drain workers may take: the attempts that were taken are booked, and the
connections closed."""


class WorkerRefused(ConfigError):
    """A worker found a setting missing or wrong; the message is the worker's own."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)


class WorkersKilled(Exception):
    """Workers had to be killed at the end; callers were not all answered."""


class Supervisor:
    """Runs `settings.workers` workers. Make it inside the event loop that runs it."""

    def __init__(self, settings: Settings, command: Sequence[str]) -> None:
        """`command` starts a worker, which hears on its standard input what to do."""
        self._settings = settings
        self._command = command
        self._workers: list[Worker] = []
        self._loop = asyncio.get_running_loop()
        self._refused: asyncio.Future[str] = self._loop.create_future()
        self.stop = asyncio.Event()
        """Set it to have all workers finish their calls and end."""
        self.kill = asyncio.Event()
        """Set it, too, to have no more patience."""

    async def run(
        self,
        open_metrics: Callable[[Tell], Endpoint | None],
        announce: Callable[[str, bool], None] | None,
    ) -> None:
        """Serves until `stop`. Calls `announce` with the address, and whether the sample was
        loaded, once all serve; without it none is.

        Raises ConfigError when the port is taken or a worker refuses its settings, and
        WorkersKilled.
        """
        with held(self._settings.listen) as address:
            metrics = open_metrics(self._tell_from_thread)
            try:
                self._workers = [
                    self._worker(number, address, with_sample=announce is not None)
                    for number in range(self._settings.workers)
                ]
                lives = [asyncio.create_task(worker.run(self._refuse)) for worker in self._workers]
                greeting = asyncio.create_task(self._greet(address, metrics, announce))
                asked = asyncio.create_task(self.stop.wait())
                await asyncio.wait(
                    {asked, self._refused, *lives}, return_when=asyncio.FIRST_COMPLETED
                )
                asked.cancel()
                greeting.cancel()
                await self._end(lives)
            finally:
                if metrics is not None:
                    await asyncio.to_thread(metrics.close)
        if self._refused.done():
            raise WorkerRefused(self._refused.result())
        log.info("stopped")

    def _worker(self, number: int, address: str, *, with_sample: bool) -> Worker:
        own: dict[str, object] = {"listen": address, "metrics_listen": OFF}
        if number:
            # One looks after the whole ledger; more would do the same once more.
            own["verify_per_s"] = 0
        settings = self._settings.model_copy(update=own)
        return Worker(number, settings, self._command, with_sample=with_sample and not number)

    def _refuse(self, message: str) -> None:
        if not self._refused.done():
            self._refused.set_result(message)

    async def _greet(
        self,
        address: str,
        metrics: Endpoint | None,
        announce: Callable[[str, bool], None] | None,
    ) -> None:
        for worker in self._workers:
            await worker.served.wait()
        log.info(
            "all_serving",
            address=address,
            metrics=metrics.address if metrics else "",
            workers=len(self._workers),
        )
        if announce is not None:
            announce(address, self._workers[0].sample_loaded)

    async def _end(self, lives: Sequence[asyncio.Task[None]]) -> None:
        """Has all workers finish together; kills what is left when time or patience is over."""
        for worker in self._workers:
            worker.end()
        hurry = asyncio.create_task(self.kill.wait())
        ending = asyncio.gather(*lives)
        await asyncio.wait(
            {ending, hurry},
            timeout=self._settings.drain_timeout_s + _OVERTIME_S,
            return_when=asyncio.FIRST_COMPLETED,
        )
        hurry.cancel()
        killed = not ending.done()
        if killed:
            log.error("workers_killed", impatient=self.kill.is_set())
            for worker in self._workers:
                worker.kill()
        await ending
        if killed and not self._refused.done():
            raise WorkersKilled

    def _tell_from_thread(self) -> Mapping[int, Sequence[Family] | None]:
        """What every worker counts, asked from a thread of the metrics' endpoint."""
        return asyncio.run_coroutine_threadsafe(self._tell(), self._loop).result()

    async def _tell(self) -> Mapping[int, Sequence[Family] | None]:
        told = await asyncio.gather(*(worker.metrics() for worker in self._workers))
        return {worker.number: its for worker, its in zip(self._workers, told, strict=True)}
