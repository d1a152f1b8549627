"""The comfortable Python client beside the bare stubs, against a real server.

`python -m bench.client [--quick]` prints how long a call takes with each, and the ratio: the median
over many short rounds, within each of which both are measured right after each other; without
--quick it keeps them too. Exit code 1 when the comfort costs more than 5%.
"""

import argparse
import asyncio
import itertools
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import grpc
import uvloop

import laurels
from bench import bars, machine, seeding, stores, targets, workload
from bench.bars import Line
from bench.keeping import CLIENT, keep
from bench.machine import Fact
from laurels.v1.leaderboard_service_pb2 import GetStandingRequest
from laurels.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub
from laurels.v1.progress_service_pb2 import SubmitProgressRequest
from laurels.v1.progress_service_pb2_grpc import ProgressServiceStub
from laurels_server.embedded.servers import embedded_servers

T = TypeVar("T")

MOST = 1.05
"""The bar: a call over a call of the bare stubs."""

LEARNERS = 500
CALLERS = 16
CALLS_OF_EACH = 5

_users = itertools.cycle(workload.user_id(number) for number in range(1, LEARNERS + 1))


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    rounds: int
    rounds_of_many: int
    """Those in which all callers make `CALLS_OF_EACH` calls."""


FULL = Plan(2000, 400)
QUICK = Plan(1000, 100)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of call, and the rounds' seconds a call: bare, comfortable."""

    title: str
    rounds: Sequence[tuple[float, float]]

    @property
    def bare_us(self) -> float:
        """What a bare call typically takes."""
        return median(bare for bare, _ in self.rounds) * 1e6

    @property
    def ours_us(self) -> float:
        """What a comfortable call typically takes."""
        return median(ours for _, ours in self.rounds) * 1e6

    @property
    def ratio(self) -> float:
        """Ours over bare: the median of the ratios within each round."""
        return median(ours / bare for bare, ours in self.rounds)


Call = Callable[[], Any]


def _attempt() -> SubmitProgressRequest:
    """What a careful caller of the bare stubs writes: with an id of its own for each attempt."""
    return SubmitProgressRequest(
        request_id=str(uuid.uuid4()),
        user_id=next(_users),
        level_id=workload.PLACEMENT_LEVEL,
        score=1,
        total_questions=workload.PLACEMENT_QUESTIONS,
        correct_answers=1,
    )


def _bare(channel: Any) -> dict[str, Call]:
    progress: Any = ProgressServiceStub(channel)
    board: Any = LeaderboardServiceStub(channel)
    return {
        "SubmitProgress": lambda: progress.SubmitProgress(_attempt(), timeout=5.0),
        "GetStanding": lambda: board.GetStanding(
            GetStandingRequest(user_id=next(_users)), timeout=5.0
        ),
    }


def _ours(client: laurels.Client | laurels.aio.Client) -> dict[str, Call]:
    return {
        "SubmitProgress": lambda: client.submit_progress(
            user_id=next(_users),
            level_id=workload.PLACEMENT_LEVEL,
            score=1,
            total_questions=workload.PLACEMENT_QUESTIONS,
            correct_answers=1,
        ),
        "GetStanding": lambda: client.get_standing(next(_users)),
    }


def measure_sync(address: str, rounds: int) -> list[Row]:
    """One caller that blocks."""

    def seconds(call: Call) -> float:
        began = time.perf_counter()
        call()
        return time.perf_counter() - began

    rows: list[Row] = []
    with grpc.insecure_channel(address) as channel, laurels.connect(address) as client:
        bare, ours = _bare(channel), _ours(client)
        for name in bare:
            pair = (bare[name], ours[name])
            took = [_turned([seconds(c) for c in _turned(pair, n)], n) for n in range(rounds)]
            rows.append(_row(f"{name}, sync, 1 caller", took))
    return rows


async def measure_async(address: str, rounds: int, callers: int) -> list[Row]:
    """Callers that each await one call after the other."""

    async def caller(call: Call, calls: int) -> None:
        for _ in range(calls):
            await call()

    async def seconds(call: Call) -> float:
        each = 1 if callers == 1 else CALLS_OF_EACH
        began = time.perf_counter()
        if callers == 1:
            await call()
        else:
            await asyncio.gather(*(caller(call, each) for _ in range(callers)))
        return (time.perf_counter() - began) / (each * callers)

    rows: list[Row] = []
    async with (
        grpc.aio.insecure_channel(address) as channel,
        laurels.aio.connect(address) as client,
    ):
        bare, ours = _bare(channel), _ours(client)
        for name in bare:
            pair = (bare[name], ours[name])
            took = [_turned([await seconds(c) for c in _turned(pair, n)], n) for n in range(rounds)]
            title = f"{name}, async, {callers} caller{'s' if callers > 1 else ''}"
            rows.append(_row(title, took))
    return rows


def _row(title: str, took: Sequence[Sequence[float]]) -> Row:
    """The first tenth only warms up."""
    return Row(title, [(bare, ours) for bare, ours in took[len(took) // 10 :]])


def _turned(pair: Sequence[T], number: int) -> Sequence[T]:
    """So that neither is always first."""
    return pair if number % 2 else pair[::-1]


async def run(plan: Plan, folder: Path) -> list[Row]:
    with embedded_servers(folder) as servers:
        try:
            target = targets.laurels(await stores.create(servers, "client", 1), folder)
            await targets.migrate(target)
            async with target.running() as running:
                await seeding.seed(running.address, 0, LEARNERS)
                rows = await asyncio.to_thread(measure_sync, running.address, plan.rounds)
                rows += await measure_async(running.address, plan.rounds, 1)
                rows += await measure_async(running.address, plan.rounds_of_many, CALLERS)
                return rows
        finally:
            # Where we are root, the cluster may lie outside the folder.
            servers.postgres.delete()


def lines(rows: Sequence[Row]) -> list[Line]:
    """Each kind of call with the client, beside one of the bare stubs."""
    return [
        Line(
            row.title,
            row.ours_us,
            "µs",
            bar=MOST,
            limits_ratio=True,
            yardstick="with bare stubs",
            beside=row.bare_us,
            typical_ratio=row.ratio,
        )
        for row in rows
    ]


def section(plan: Plan, rows: Sequence[Row], facts: Sequence[Fact], elsewhere: float) -> str:
    """What README.md shows between its markers."""
    how = (
        f"`make bench-client`: {plan.rounds:,} rounds of a call for one caller, "
        f"{plan.rounds_of_many:,} rounds of {CALLERS * CALLS_OF_EACH} calls for {CALLERS}; ratios "
        "are medians of the ratios within a round."
    )
    return "\n\n".join((how, bars.table(lines(rows)), machine.about(facts, elsewhere)))


def main() -> int:
    """Measures; 1 when a ratio is above the bar."""
    parser = argparse.ArgumentParser(prog="python -m bench.client", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="in half a minute, and keep nothing")
    given = parser.parse_args()
    # Unwinds, so that every server is stopped.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    plan = QUICK if given.quick else FULL
    share = machine.Share()
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name:
        facts = machine.facts(Path(name))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rows = runner.run(run(plan, Path(name)))
    told = section(plan, rows, facts, share.elsewhere())
    print(told)
    if not given.quick:
        keep(CLIENT, told, bars.entries(lines(rows)))
    return int(not all(line.met for line in lines(rows)))


if __name__ == "__main__":
    sys.exit(main())
