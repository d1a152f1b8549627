"""Measures whether a server's memory stays what it is under full load."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import bars, commands, crowd, generators, ledger, memory, seeding, stores, targets
from bench.bars import Line
from bench.job import Job, Measured
from bench.machine import Fact, Share, about
from bench.sync import until_in_step
from laurels_server.embedded.servers import EmbeddedServers

SUBMITTERS = 64
READERS = 8
_LOOK_S = 1.0
_MB = 1e6
_SETTLED = 0.1
"""The share of the time after which pools and buffers are as large as they get."""


@dataclass(frozen=True, slots=True)
class SoakPlan:
    """How long, with how many learners: each has 40 levels to pass. Before it, all are asked for
    during `asking_s`, as far as that suffices."""

    seconds: float
    learners: int
    asking_s: float


FULL = SoakPlan(seconds=600.0, learners=50_000, asking_s=40.0)
QUICK = SoakPlan(seconds=1.0, learners=1_000, asking_s=0.5)


@dataclass(frozen=True, slots=True)
class Soaked:
    """What the server held, look by look, and what it answered meanwhile."""

    held_bytes: list[int]
    peak_bytes: int
    submitted: Measured
    read: Measured
    elsewhere: float
    problems: list[str]


async def run(
    plan: SoakPlan, servers: EmbeddedServers, folder: Path, say: Callable[[str], None]
) -> Soaked:
    """Carries out a plan over running servers; the log is left in `folder`."""
    store = await stores.create(servers, "bench_soak", 7)
    ours = targets.laurels(store, folder)
    await targets.migrate(ours)
    say(f"gathering {plan.learners:,} learners")
    entries = await crowd.gather(store.database_url, plan.learners, 1)
    async with ours.running() as running:
        await seeding.upsert_levels(running.address, 1)
        await until_in_step(running.address)
        # So that what is kept of learners is as much as it gets, and all that grows is a leak.
        say("asking where everyone stands")
        asking = Job(
            running.address, "GetStanding", SUBMITTERS, 0.0, plan.asking_s, 1, plan.learners
        )
        await generators.own(asking)
        share = Share()
        say(f"loading it for {plan.seconds:g} s")
        jobs = [
            Job(running.address, "SubmitProgress", SUBMITTERS, 0.0, plan.seconds, 1, plan.learners),
            Job(running.address, "GetStanding", READERS, 0.0, plan.seconds, 1, plan.learners),
        ]
        loads = asyncio.gather(*(generators.own(job) for job in jobs))
        process = psutil.Process(running.pid)
        held: list[int] = []
        while not loads.done():
            held.append(process.memory_info().rss)
            await asyncio.wait({loads}, timeout=_LOOK_S)
        submitted, read = await loads
        elsewhere = share.elsewhere()
        peak = memory.peak_of_each(running.pid)
        await until_in_step(running.address)
        problems = (await commands.audit(running.address)).problems()
    for measured in (submitted, read):
        if measured.errors:
            problems.append(f"{measured.errors} errors, first {measured.first_error}")
    problems += await ledger.findings(store.database_url, submitted.items, before=entries)
    return Soaked(held, peak, submitted, read, elsewhere, problems)


def lines(soaked: Soaked) -> list[Line]:
    """The peak, and what it grew by once all was warm."""
    settled = soaked.held_bytes[round(len(soaked.held_bytes) * _SETTLED)] / _MB
    last = soaked.held_bytes[-1] / _MB
    return [
        Line("server: memory at most", soaked.peak_bytes / _MB, "MB", bar=150),
        Line(
            "server: memory at the end",
            last,
            "MB",
            bar=1.05,
            limits_ratio=True,
            yardstick="after a tenth of the time",
            beside=settled,
        ),
        Line("submissions answered", soaked.submitted.per_second, "/s"),
        Line("standings answered", soaked.read.per_second, "/s"),
    ]


def section(plan: SoakPlan, soaked: Soaked, facts: Sequence[Fact]) -> str:
    """What README.md shows between its markers."""
    how = (
        f"`make bench-soak`: {plan.seconds:g} s of {SUBMITTERS} callers of SubmitProgress and "
        f"{READERS} of GetStanding, {plan.learners:,} learners."
    )
    return "\n\n".join((how, bars.table(lines(soaked)), about(facts, soaked.elsewhere)))
