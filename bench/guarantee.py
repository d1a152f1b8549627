"""Measures what Laurels guarantees: audits, rebuilds, their memory, and how fresh the board is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import commands, crowd, freshness, ledger, memory, seeding, stores, targets, yardsticks
from bench.bars import (
    AUDIT_PER_S,
    FRESH_P50_MS,
    FRESH_P99_MS,
    MEMORY_MB,
    REBUILD_PER_S,
    SUBMISSIONS_PER_S,
    Line,
    table,
)
from bench.commands import CommandFailed
from bench.freshness import Fresh, Latency
from bench.machine import Fact, Share, about, sync_ms
from bench.steady import Job
from bench.stores import Store
from bench.sync import until_in_step
from laurels_server.embedded.servers import EmbeddedServers

BATCHES = (20, 1)
"""Submissions in a call: a hundred calls of 20 make the 2,000 a second that the bars are about;
alone, each needs a call of its own."""

_ROUNDS = 2
"""Entries that each learner has before anything is measured."""

_REACHED = 0.99
"""The share of the wanted rate that counts as reached: an answer may fall just beyond the end."""

_MB = 1e6


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    learners: int
    warm_up_s: float
    measured_s: float


FULL = Plan(learners=2_000_000, warm_up_s=2.0, measured_s=12.0)
QUICK = Plan(learners=100_000, warm_up_s=0.3, measured_s=1.2)


@dataclass(frozen=True, slots=True)
class Measured:
    """The numbers, and what is wrong with them."""

    lines: list[Line]
    elsewhere: float
    """The share of the machine that programs not of ours took meanwhile, 0 to 1."""

    problems: list[str]


async def run(
    plan: Plan, servers: EmbeddedServers, folder: Path, say: Callable[[str], None]
) -> Measured:
    """Carries out a plan over running servers; logs are left in `folder`.

    The audit comes last, so it also checks what all the others have left.
    """
    store = await stores.create(servers, "bench_guarantee", 3)
    ours = targets.laurels(store, folder)
    await targets.migrate(ours)
    say(f"gathering {plan.learners:,} learners with {_ROUNDS} entries each")
    entries = await crowd.gather(store.database_url, plan.learners, _ROUNDS)
    async with ours.running() as running, memory.watched(running.pid) as watch:
        await seeding.upsert_levels(running.address, 1 + len(BATCHES))
        await until_in_step(running.address)
        share = Share()
        lines = await _rebuild(plan, store, running.address)
        fresh: list[Fresh] = []
        for unit, batch in enumerate(BATCHES, start=2):
            job = Job(
                address=running.address,
                per_second=SUBMISSIONS_PER_S,
                batch=batch,
                seconds=plan.warm_up_s + plan.measured_s,
                unit=unit,
                learners=plan.learners,
            )
            fresh.append(await freshness.measure(store.redis_url, job, plan.warm_up_s))
        audited = await commands.audit(running.address)
        lines += await _audit(plan, store, audited)
        elsewhere = share.elsewhere()
    lines.append(_memory("server: memory", watch.peak_bytes))
    fsync_ms = sync_ms(folder)
    for batch, one in zip(BATCHES, fresh, strict=True):
        lines += _fresh(batch, one, fsync_ms)
    problems = [problem for one in fresh for problem in one.problems]
    if not problems:
        acknowledged = sum(one.acknowledged for one in fresh)
        problems = await ledger.findings(store.database_url, acknowledged, before=entries)
    return Measured(lines, elsewhere, problems + audited.problems())


async def _rebuild(plan: Plan, store: Store, address: str) -> list[Line]:
    ran = await commands.rebuild(address)
    placed = int(ran.last["learners"])
    if placed != plan.learners:
        raise CommandFailed(f"laurels rebuild placed {placed} of {plan.learners} learners")
    copied, copy_s = await yardsticks.bare_copy(store)
    speed = Line(
        "`laurels rebuild`: learners",
        placed / ran.seconds,
        "/s",
        bar=REBUILD_PER_S,
        more_is_better=True,
        yardstick="by COPY and ZADD alone",
        beside=copied / copy_s,
    )
    return [speed, _memory("`laurels rebuild`: memory", ran.peak_bytes)]


async def _audit(plan: Plan, store: Store, ran: commands.Ran) -> list[Line]:
    audited = int(ran.last["summary"]["learners"])
    if audited != plan.learners:
        raise CommandFailed(f"laurels audit looked at {audited} of {plan.learners} learners")
    speed = Line(
        "`laurels audit`: learners",
        audited / ran.seconds,
        "/s",
        bar=AUDIT_PER_S,
        more_is_better=True,
        yardstick="by one SUM alone",
        beside=plan.learners / await yardsticks.plain_sums(store),
    )
    return [speed, _memory("`laurels audit`: memory", ran.peak_bytes)]


def _memory(name: str, peak_bytes: int) -> Line:
    return Line(name, peak_bytes / _MB, "MB", bar=MEMORY_MB)


def _fresh(batch: int, fresh: Fresh, fsync_ms: float) -> list[Line]:
    load = "unary" if batch == 1 else f"batches of {batch}"
    visible = fresh.from_answer

    def told(what: str, latency: Latency) -> list[Line]:
        return [
            Line(f"{load}: {what}, p50", latency.p50_ms, "ms"),
            Line(f"{load}: {what}, p99", latency.p99_ms, "ms"),
        ]

    return [
        Line(
            f"{load}: submissions answered",
            fresh.per_second,
            "/s",
            bar=SUBMISSIONS_PER_S * _REACHED,
            more_is_better=True,
        ),
        Line(
            f"{load}: from answer to visible, p50",
            visible.p50_ms,
            "ms",
            bar=FRESH_P50_MS,
            yardstick="for one fsync",
            beside=fsync_ms,
        ),
        Line(
            f"{load}: from answer to visible, p99",
            visible.p99_ms,
            "ms",
            bar=FRESH_P99_MS,
            yardstick="for one fsync",
            beside=fsync_ms,
        ),
        *told("from `recorded_at` to visible", fresh.from_recorded),
        *told("from due to answered", fresh.answer),
        *told("between two looks at Redis", fresh.look),
    ]


def section(plan: Plan, measured: Measured, facts: Sequence[Fact]) -> str:
    """What README.md shows between its markers."""
    how = (
        f"{plan.learners:,} learners with {_ROUNDS} ledger entries each; every load is "
        f"{SUBMISSIONS_PER_S:,} submissions a second for {plan.measured_s:g} s after "
        f"{plan.warm_up_s:g} s of warm-up. Memory is the peak of the whole run."
    )
    return "\n\n".join((how, table(measured.lines), about(facts, measured.elsewhere)))
