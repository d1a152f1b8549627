"""Measures every row of the table, round after round, a row's servers right after each other."""

import resource
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import grpc
import psutil

from bench import commands, generators, ledger, memory, pgbench, seeding, stores, targets, workload
from bench.job import Job, Measured, Rpc
from bench.machine import Share
from bench.sync import until_in_step
from bench.targets import AUDITED, ECHO, LAURELS, TWO_WORKERS, Target
from laurels.v1.leaderboard_service_pb2 import LEADERBOARD_SOURCE_REDIS
from laurels.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub
from laurels_server.embedded.servers import EmbeddedServers

BUSY_CALLERS = 64
BATCH_CALLERS = 4
CONNECTIONS = 16
"""For the row of two workers: a connection stays with the worker that took it."""

GENERATOR = "load generator"


class BenchError(Exception):
    """Something did not run as it should, so there is nothing to print."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of load, and who is put under it."""

    rpc: Rpc
    callers: int
    others: tuple[str, ...] = (ECHO,)
    ours: str = LAURELS
    connections: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    rounds: int
    warm_up_s: float
    measured_s: float
    learners: int = 5000
    submit_callers: tuple[int, ...] = (1, 8, BUSY_CALLERS, 256)
    page_callers: tuple[int, ...] = (1, BUSY_CALLERS)

    def rows(self) -> list[Row]:
        """The rows of the table, in order."""
        old = (1, BUSY_CALLERS)
        return [
            *(
                Row("SubmitProgress", callers, (ECHO, AUDITED) if callers in old else (ECHO,))
                for callers in self.submit_callers
            ),
            Row("SubmitProgress", BUSY_CALLERS, (LAURELS,), TWO_WORKERS, CONNECTIONS),
            Row("BatchSubmitProgress", BATCH_CALLERS, ()),
            *(
                Row("GetLeaderboard", callers, (ECHO, AUDITED) if callers in old else (ECHO,))
                for callers in self.page_callers
            ),
            Row("GetStanding", BUSY_CALLERS),
        ]


@dataclass(frozen=True, slots=True)
class Turn:
    """One server under one load, once."""

    measured: Measured
    cpu_s_per_item: Mapping[str, float]
    """CPU seconds by who spent them, of the whole turn with its warm-up, for each item."""

    peak_bytes: int
    """The most memory that a process of the server held."""

    cpu_elsewhere: float
    """The share of the machine that others took meanwhile, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What pgbench reached in one round."""

    single_row_ms: float
    best_per_second: float
    best_clients: int


@dataclass(frozen=True, slots=True)
class Results:
    """What each row's servers did in each round, and what is wrong with it."""

    rows: Mapping[Row, Mapping[str, list[Turn]]]
    yardsticks: list[Yardstick]
    problems: list[str]

    def typical(self, row: Row, name: str, figure: Callable[[Measured], float]) -> float:
        """The median over the rounds."""
        return median(figure(turn.measured) for turn in self.rows[row][name])

    def ratio(self, row: Row, other: str, figure: Callable[[Measured], float]) -> float:
        """Ours over the other's: the median of the ratios within each round."""
        turns = self.rows[row]
        pairs = zip(turns[row.ours], turns[other], strict=True)
        return median(
            figure(ours.measured) / max(figure(theirs.measured), 1e-9) for ours, theirs in pairs
        )

    def elsewhere(self) -> float:
        """The share of the machine that programs not of ours took meanwhile, 0 to 1."""
        return median(
            turn.cpu_elsewhere
            for by_name in self.rows.values()
            for turns in by_name.values()
            for turn in turns
        )


async def run(
    plan: Plan, servers: EmbeddedServers, folder: Path, say: Callable[[str], None]
) -> Results:
    """Carries out a plan over running servers; logs are left in `folder`. Raises BenchError."""
    rows = plan.rows()
    units = plan.rounds * len(rows)
    store = await stores.create(servers, "bench_laurels", 1)
    audited_store = await stores.create(servers, "bench_audited", 2)
    ours = targets.laurels(store, folder)
    everyone = {
        target.name: target
        for target in (
            ours,
            targets.laurels(store, folder, workers=2),
            targets.echo(folder),
            targets.audited(audited_store, folder, units=units, learners=plan.learners),
        )
    }
    say(f"registering {plan.learners} learners")
    await targets.migrate(ours)
    async with ours.running() as running:
        acknowledged = await seeding.seed(running.address, 2 * units, plan.learners)

    watched = {"PostgreSQL": servers.postgres.pid, "Valkey": servers.valkey.pid}
    table = {row: {name: list[Turn]() for name in (row.ours, *row.others)} for row in rows}
    yardsticks: list[Yardstick] = []
    fresh_units = count(1)
    async with pgbench.prepared(servers, max(1, round(plan.measured_s / 2))) as bare_postgres:
        for number in range(plan.rounds):
            for row in rows:
                unit = next(fresh_units)
                for name in _rotated((row.ours, *row.others), number):
                    # Both may keep what is submitted in one store: a unit for each.
                    own = unit if name != TWO_WORKERS else units + unit
                    turn = await take_turn(everyone[name], row, plan, own, watched)
                    table[row][name].append(turn)
                    say(f"round {number + 1}: {row.rpc}, {row.callers}: {_sketch(name, turn)}")
            single_ms = await bare_postgres.single_row_ms()
            yardsticks.append(Yardstick(single_ms, *await bare_postgres.best_per_second()))
            say(f"round {number + 1}: {yardsticks[-1]}")
    problems = _errors(table)
    if not problems:
        acknowledged += sum(
            turn.measured.items
            for row, by_name in table.items()
            if row.rpc in ("SubmitProgress", "BatchSubmitProgress")
            for name, turns in by_name.items()
            if name in (LAURELS, TWO_WORKERS)
            for turn in turns
        )
        problems = await ledger.findings(store.database_url, acknowledged)
        async with ours.running() as running:
            await until_in_step(running.address)
            problems += (await commands.audit(running.address)).problems()
    return Results(table, yardsticks, problems)


async def take_turn(
    target: Target, row: Row, plan: Plan, unit: int, watched: Mapping[str, int]
) -> Turn:
    """Starts a server, puts it under one load, and stops it. `watched` are the stores' processes.

    Raises NotStarted, ProgramFailed or BenchError.
    """
    async with target.running() as running:
        job = Job(
            address=running.address,
            rpc=row.rpc,
            callers=row.callers,
            warm_up_s=plan.warm_up_s,
            measured_s=plan.measured_s,
            unit=unit,
            learners=plan.learners,
            over_and_over=not target.keeps_what_is_submitted,
            connections=row.connections,
        )
        everybody = {"server": running.pid, **watched}
        share = Share()
        before = _cpu_s(everybody)
        measured = await generators.drive(job)
        after = _cpu_s(everybody)
        elsewhere = share.elsewhere()
        if target.name == LAURELS and row.rpc in ("GetLeaderboard", "GetStanding"):
            await _demand_answers_from_redis(running.address)
        spent = {name: (after[name] - before[name]) / max(measured.items, 1) for name in after}
        return Turn(measured, spent, memory.peak_of_each(running.pid), elsewhere)


async def _demand_answers_from_redis(address: str) -> None:
    """Looks at one page and one standing, as the load generators do not. Raises BenchError."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = LeaderboardServiceStub(channel)
        page = await stub.GetLeaderboard(workload.PAGE_REQUEST)
        standing = await stub.GetStanding(workload.standings([1])[0])
    if page.source != LEADERBOARD_SOURCE_REDIS or not page.entries:
        raise BenchError("Laurels does not answer its pages from Redis")
    if standing.source != LEADERBOARD_SOURCE_REDIS or not standing.placed:
        raise BenchError("Laurels does not answer its standings from Redis")


def _rotated(names: tuple[str, ...], by: int) -> tuple[str, ...]:
    """So that nobody is always first, or always after the same one."""
    by %= len(names)
    return names[by:] + names[:by]


def _sketch(name: str, turn: Turn) -> str:
    measured = turn.measured
    return f"{name} {measured.per_second:,.0f}/s" + (" ERRORS" if measured.errors else "")


def _errors(table: Mapping[Row, Mapping[str, list[Turn]]]) -> list[str]:
    return [
        f"{row.rpc}, {row.callers} callers, {name}: {turn.measured.errors} errors, first "
        f"{turn.measured.first_error}"
        for row, by_name in table.items()
        for name, turns in by_name.items()
        for turn in turns
        if turn.measured.errors
    ]


def _cpu_s(watched: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds spent so far, by name; a program's children count as it."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    # What ends between two looks is the load generator.
    spent = {GENERATOR: ended.ru_utime + ended.ru_stime}
    for name, pid in watched.items():
        process = psutil.Process(pid)
        spent[name] = 0.0
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # a helper of PostgreSQL that has just ended
                times = one.cpu_times()
                spent[name] += times.user + times.system
    return spent
