"""Measures whether Laurels slows down as its tables grow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

from redis.asyncio import Redis

from bench import bars, commands, crowd, ledger, seeding, stores, targets
from bench.bars import Line
from bench.comparison import p50_ms, p99_ms, per_second
from bench.job import Measured
from bench.machine import Fact, about
from bench.rounds import BUSY_CALLERS, Plan, Row, Turn, take_turn
from bench.stores import Store
from bench.sync import until_in_step
from bench.targets import Target
from laurels_server.embedded.servers import EmbeddedServers

ENTRIES = 10
"""In the ledger, for each learner, before anything is measured."""

ROWS = (
    Row("SubmitProgress", BUSY_CALLERS, ()),
    Row("GetLeaderboard", BUSY_CALLERS, ()),
    Row("GetStanding", BUSY_CALLERS, ()),
)

_PAST_UNITS = 1
"""The crowd has been through the first one."""


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """How much to measure, and with how many learners, the fewest first."""

    sizes: tuple[int, ...]
    rounds: int
    warm_up_s: float
    measured_s: float


FULL = ScalePlan((100_000, 500_000, 2_000_000), rounds=3, warm_up_s=2.0, measured_s=5.0)
QUICK = ScalePlan((1_000, 10_000), rounds=1, warm_up_s=0.2, measured_s=0.6)


@dataclass(frozen=True, slots=True)
class Scaled:
    """What each load came to with each number of learners, in each round."""

    turns: Mapping[Row, Mapping[int, list[Turn]]]
    bytes_per_learner: float
    """That Valkey holds for each of the most learners, everything told."""

    problems: list[str]

    def typical(self, row: Row, learners: int, figure: Callable[[Measured], float]) -> float:
        """The median over the rounds."""
        return median(figure(turn.measured) for turn in self.turns[row][learners])

    def ratio(self, row: Row, learners: int) -> float:
        """Its throughput over that with the fewest: the median of the ratios within each round."""
        by_size = self.turns[row]
        fewest = by_size[min(by_size)]
        return median(
            one.measured.per_second / max(few.measured.per_second, 1e-9)
            for one, few in zip(by_size[learners], fewest, strict=True)
        )


async def run(
    plan: ScalePlan, servers: EmbeddedServers, folder: Path, say: Callable[[str], None]
) -> Scaled:
    """Carries out a plan over running servers; logs are left in `folder`."""
    everyone: dict[int, tuple[Store, Target]] = {}
    units = _PAST_UNITS + plan.rounds
    bytes_per_learner = 0.0
    for number, learners in enumerate(plan.sizes, start=4):
        say(f"gathering {learners:,} learners with {ENTRIES} entries each")
        store = await stores.create(servers, f"bench_scale_{learners}", number)
        target = targets.laurels(store, folder)
        await targets.migrate(target)
        await crowd.gather(store.database_url, learners, ENTRIES)
        before = await _used_bytes(store)
        async with target.running() as running:
            await seeding.upsert_levels(running.address, units)
            await until_in_step(running.address)
        bytes_per_learner = (await _used_bytes(store) - before) / learners
        everyone[learners] = (store, target)

    watched = {"PostgreSQL": servers.postgres.pid, "Valkey": servers.valkey.pid}
    turns = {row: {size: list[Turn]() for size in plan.sizes} for row in ROWS}
    fresh = count(_PAST_UNITS + 1)
    for number in range(plan.rounds):
        unit = next(fresh)
        for row in ROWS:
            for learners in plan.sizes if number % 2 == 0 else plan.sizes[::-1]:
                job = Plan(1, plan.warm_up_s, plan.measured_s, learners)
                turn = await take_turn(everyone[learners][1], row, job, unit, watched)
                turns[row][learners].append(turn)
                say(f"round {number + 1}: {row.rpc}, {learners:,}: {turn.measured}")
    return Scaled(turns, bytes_per_learner, await _problems(turns, everyone))


async def _problems(
    turns: Mapping[Row, Mapping[int, list[Turn]]], everyone: Mapping[int, tuple[Store, Target]]
) -> list[str]:
    found = [
        f"{row.rpc}, {learners} learners: {turn.measured.errors} errors, first "
        f"{turn.measured.first_error}"
        for row, by_size in turns.items()
        for learners, taken in by_size.items()
        for turn in taken
        if turn.measured.errors
    ]
    if found:
        return found
    for learners, (store, target) in everyone.items():
        acknowledged = sum(turn.measured.items for turn in turns[ROWS[0]][learners])
        found += await ledger.findings(store.database_url, acknowledged, before=learners * ENTRIES)
        async with target.running() as running:
            await until_in_step(running.address)
            found += (await commands.audit(running.address)).problems()
    return found


async def _used_bytes(store: Store) -> int:
    redis = Redis.from_url(store.redis_url)
    try:
        return int((await redis.info("memory"))["used_memory"])
    finally:
        await redis.aclose()


def lines(scaled: Scaled) -> list[Line]:
    """Every load with every number of learners, beside the fewest."""
    made: list[Line] = []
    for row, by_size in scaled.turns.items():
        fewest, most = min(by_size), max(by_size)
        for learners in by_size:
            is_bar = row.rpc == "SubmitProgress" and learners == most
            is_first = learners == fewest
            made.append(
                Line(
                    f"{row.rpc}, {learners:,} learners",
                    scaled.typical(row, learners, per_second),
                    "/s",
                    bar=0.8 if is_bar else None,
                    more_is_better=True,
                    limits_ratio=True,
                    yardstick="" if is_first else f"with {fewest:,}",
                    beside=None if is_first else scaled.typical(row, fewest, per_second),
                    typical_ratio=None if is_first else scaled.ratio(row, learners),
                )
            )
            for name, figure in (("p50", p50_ms), ("p99", p99_ms)):
                value = scaled.typical(row, learners, figure)
                made.append(Line(f"{row.rpc}, {learners:,} learners: {name}", value, "ms"))
    made.append(Line("Valkey, for each learner", scaled.bytes_per_learner, "bytes", bar=150))
    return made


def section(plan: ScalePlan, scaled: Scaled, facts: Sequence[Fact]) -> str:
    """What README.md shows between its markers."""
    how = (
        f"`make bench-scale`: medians of {plan.rounds} rounds of {plan.measured_s:g} s after "
        f"{plan.warm_up_s:g} s of warm-up, {BUSY_CALLERS} callers; every learner begins with "
        f"{ENTRIES} ledger entries, so the largest ledger has {max(plan.sizes) * ENTRIES:,} rows. "
        "Ratios are medians of the ratios within a round."
    )
    elsewhere = median(
        turn.cpu_elsewhere
        for by_size in scaled.turns.values()
        for taken in by_size.values()
        for turn in taken
    )
    return "\n\n".join((how, bars.table(lines(scaled)), about(facts, elsewhere)))
