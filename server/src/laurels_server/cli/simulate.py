"""`laurels simulate`: a class of learners at play."""

import asyncio
import contextlib
import signal
import time

import click

from laurels_server.cli.classroom import Classroom
from laurels_server.cli.ending import DONE, REFUSED, UNDONE
from laurels_server.cli.flags import Range, listen_flag, timeout_flag
from laurels_server.cli.running import operate
from laurels_server.cli.simulate_view import SimulateView
from laurels_server.cli.tally import Tally
from laurels_server.domain.text import IDENTIFIER
from laurels_server.rpc.operator import Json, OperatorError, connected, is_loopback

_TELL_S = 1.0

_LEARNERS_MOST = 10_000

_CLASS_MOST = 128 - len(f"-{_LEARNERS_MOST}")
"""Characters of a class's name: with a number behind it, it is a learner's id."""


def _checked(_context: click.Context, _flag: click.Parameter, name: str) -> str:
    """The name of a class that can begin the id of each learner."""
    if len(name) > _CLASS_MOST or not IDENTIFIER.fullmatch(name):
        raise click.BadParameter(
            f"must be 1-{_CLASS_MOST} printable ASCII characters without spaces."
        )
    return name


@click.command()
@listen_flag
@timeout_flag
@click.option(
    "--rate",
    type=Range(min=0, min_open=True, max=10_000),
    default=20.0,
    show_default=True,
    metavar="NUMBER",
    help="Attempts to begin each second, at most 10000.",
)
@click.option(
    "--seconds",
    type=Range(min=0, min_open=True, max=86_400),
    default=30.0,
    show_default=True,
    metavar="NUMBER",
    help="When to stop.",
)
@click.option(
    "--learners",
    type=click.IntRange(1, _LEARNERS_MOST),
    default=30,
    show_default=True,
    metavar="NUMBER",
    help="Who play, 1-10000, each one attempt at a time.",
)
@click.option(
    "--class",
    "name",
    callback=_checked,
    default="class",
    show_default=True,
    metavar="NAME",
    help="How they are called: NAME-001 and on; 1-122 printable ASCII characters without spaces.",
)
@click.option("--anywhere", is_flag=True, help="Also on a server that is not on this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def simulate(
    *,
    listen: str | None,
    timeout: float,
    rate: float,
    seconds: float,
    learners: int,
    name: str,
    anywhere: bool,
    as_json: bool,
) -> None:
    """Have a class of learners play, and say how fast they were answered.

    Registers the learners, who stay, and has them play the levels of the catalog: each goes on to
    the next after a pass, and then looks where they stand. An attempt without an answer is repeated
    under its request id. Latencies are from the first try to the answer.

    Stops by itself, or with Ctrl-C: no attempt is begun any more, and those under way are waited
    for. A second Ctrl-C ends it at once.

    With --json each line is {"progress": ...} or, at the end, {"summary": ...}, both with seconds,
    asked_per_second, submissions_per_second, reads_per_second (in a progress those of the last
    second), begun, booked, passed, xp_earned, replayed, repeats, refused and failed (a count by
    reason), latency_ms, reads, reads_failed and read_latency_ms.

    Exits 0 when every attempt was booked, whatever became of the looks, 1 when the server refused
    some, and 2 when some failed, or nothing could begin.

    \b
    Examples:
      laurels simulate --rate 50 --seconds 10
      laurels simulate --rate 500 --learners 200 --json | jq -c .summary
    """

    async def work(address: str) -> int:
        if not (anywhere or is_loopback(address)):
            raise OperatorError(
                f"{address} is not on this machine; with --anywhere its database gets the learners "
                "and their XP for good"
            )
        async with connected(address, timeout_s=timeout) as server:
            with SimulateView(as_json=as_json) as view:
                tally = Tally()
                classroom = Classroom(server, tally, name=name, learners=learners)
                await classroom.register()
                return await _play(classroom, tally, view, rate=rate, seconds=seconds)

    operate(listen, work)


async def _play(
    classroom: Classroom, tally: Tally, view: SimulateView, *, rate: float, seconds: float
) -> int:
    _stop_with_signals(classroom)
    clock = _Clock(tally, rate)
    playing = asyncio.create_task(classroom.play(rate))
    ending = asyncio.get_running_loop().call_later(seconds, classroom.stop)
    try:
        while not playing.done():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(playing), _TELL_S)
            if not playing.done():
                view.progress(clock.progress())
        await playing
    finally:
        ending.cancel()
        playing.cancel()
    view.summary(clock.summary())
    if tally.failed:
        return UNDONE
    return REFUSED if tally.refused else DONE


def _stop_with_signals(classroom: Classroom) -> None:
    """The first signal lets nobody begin; the second one ends the command."""
    task = asyncio.current_task()
    assert task is not None, "the loop runs it as one"

    def asked() -> None:
        if classroom.stopped.is_set():
            task.cancel()
        classroom.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked)


class _Clock:
    """Puts counts in relation to time."""

    def __init__(self, tally: Tally, asked: float) -> None:
        self._tally = tally
        self._asked = asked
        self._began = self._last = time.monotonic()
        self._booked = self._reads = 0

    def progress(self) -> Json:
        """With the rates since the last time."""
        now, booked, reads = time.monotonic(), self._tally.booked, len(self._tally.read_latencies)
        told = self._told(now - self._last, booked - self._booked, reads - self._reads)
        self._last, self._booked, self._reads = now, booked, reads
        return told

    def summary(self) -> Json:
        """With the rates of all the time."""
        reads = len(self._tally.read_latencies)
        return self._told(time.monotonic() - self._began, self._tally.booked, reads)

    def _told(self, seconds: float, booked: int, reads: int) -> Json:
        return {
            "seconds": round(time.monotonic() - self._began, 2),
            "asked_per_second": self._asked,
            "submissions_per_second": round(booked / seconds, 1),
            "reads_per_second": round(reads / seconds, 1),
            **self._tally.told(),
        }
