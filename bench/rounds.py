"""Measures every row of the table, round after round, a row's servers right after each other."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from statistics import median

from bench import commands, ledger, seeding, stores, targets
from bench.load import Job, Measured, Rpc
from bench.sync import until_in_step
from bench.targets import AUDITED, ECHO, LAURELS, QUIET, ROOT, Target
from laurels_server.embedded.servers import EmbeddedServers

BUSY_CALLERS = 64
"""The row that is also measured with a quiet log."""

BATCH_CALLERS = 4

_LOAD_PATIENCE_S = 120.0


class BenchError(Exception):
    """Something did not run as it should, so there is nothing to print."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    rounds: int
    warm_up_s: float
    measured_s: float
    learners: int = 5000
    submit_callers: tuple[int, ...] = (1, 8, BUSY_CALLERS, 256)
    page_callers: tuple[int, ...] = (1, 64)

    def rows(self) -> list["Row"]:
        """The rows of the table, in order."""
        rows: list[Row] = []
        for callers in self.submit_callers:
            rows.append(Row("SubmitProgress", callers))
            if callers == BUSY_CALLERS:
                rows.append(Row("SubmitProgress", callers, ours=QUIET, others=()))
        rows += [Row("GetLeaderboard", callers) for callers in self.page_callers]
        rows.append(Row("BatchSubmitProgress", BATCH_CALLERS, others=(ECHO,)))
        return rows


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of load, and who is put under it."""

    rpc: Rpc
    callers: int
    ours: str = LAURELS
    others: tuple[str, ...] = (ECHO, AUDITED)


@dataclass(frozen=True, slots=True)
class Results:
    """What each row's servers did in each round, and what is wrong with it."""

    rows: Mapping[Row, Mapping[str, list[Measured]]]
    problems: list[str]

    def typical(self, row: Row, name: str, figure: Callable[[Measured], float]) -> float:
        """The median over the rounds."""
        return median(figure(measured) for measured in self.rows[row][name])

    def elsewhere(self) -> float:
        """The share of the machine that programs not of ours took meanwhile, 0 to 1."""
        everything = [
            one for by_name in self.rows.values() for ms in by_name.values() for one in ms
        ]
        return median(measured.cpu_elsewhere for measured in everything)

    def ratio(self, row: Row, other: str, figure: Callable[[Measured], float]) -> float:
        """Ours over the other's: the median of the ratios within each round."""
        measured = self.rows[row]
        pairs = zip(measured[row.ours], measured[other], strict=True)
        return median(figure(ours) / max(figure(theirs), 1e-9) for ours, theirs in pairs)


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
            targets.laurels(store, folder, quiet=True),
            targets.echo(folder),
            targets.audited(audited_store, folder, units=units, learners=plan.learners),
        )
    }
    say(f"registering {plan.learners} learners")
    await targets.migrate(ours)
    async with ours.running() as running:
        acknowledged = await seeding.seed(running.address, units, plan.learners)

    watched = {"PostgreSQL": servers.postgres.pid, "Valkey": servers.valkey.pid}
    table = {row: {name: list[Measured]() for name in (row.ours, *row.others)} for row in rows}
    fresh_units = count(1)
    for number in range(plan.rounds):
        for row in rows:
            unit = next(fresh_units)
            for name in _rotated((row.ours, *row.others), number):
                measured = await _measure(everyone[name], row, plan, unit, watched)
                table[row][name].append(measured)
                say(f"round {number + 1}: {row.rpc}, {row.callers}: {_sketch(name, measured)}")
    problems = _errors(table)
    if not problems:
        acknowledged += sum(
            measured.items
            for row, by_name in table.items()
            for measured in by_name[row.ours]
            if row.rpc != "GetLeaderboard"
        )
        problems = await ledger.findings(store.database_url, acknowledged)
        async with ours.running() as running:
            await until_in_step(running.address)
            problems += (await commands.audit(running.address)).problems()
    return Results(table, problems)


async def _measure(
    target: Target, row: Row, plan: Plan, unit: int, watched: Mapping[str, int]
) -> Measured:
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
            watched={"server": running.pid, **watched},
        )
        command = (sys.executable, "-m", "bench.load", json.dumps(asdict(job)))
        load = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
        try:
            output, _ = await asyncio.wait_for(load.communicate(), _LOAD_PATIENCE_S)
        except BaseException:
            if load.returncode is None:
                load.kill()
                await load.wait()
            raise
    if load.returncode:
        raise BenchError(f"the load generator failed against {target.name}")
    return Measured(**json.loads(output))


def _rotated(names: tuple[str, ...], by: int) -> tuple[str, ...]:
    """So that nobody is always first, or always after the same one."""
    by %= len(names)
    return names[by:] + names[:by]


def _sketch(name: str, measured: Measured) -> str:
    return f"{name} {measured.per_second:,.0f}/s" + (" ERRORS" if measured.errors else "")


def _errors(table: Mapping[Row, Mapping[str, list[Measured]]]) -> list[str]:
    return [
        f"{row.rpc}, {row.callers} callers, {name}: {one.errors} errors, first {one.first_error}"
        for row, by_name in table.items()
        for name, measured in by_name.items()
        for one in measured
        if one.errors
    ]
