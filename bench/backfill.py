"""Measures `laurels import`: `python -m bench.backfill --learners 1000000`.

Learners with three completed levels each are brought in from two CSV files, in no order, beside a
server that runs. Ends with an audit through that server, and fails unless it is clean, everyone is
on the board, the same files again change nothing, and the time is within the bar.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import commands, machine, seeding, stores, targets, workload
from bench.commands import CommandFailed, Ran
from bench.machine import Share
from bench.sync import NotInStep, until_in_step
from bench.targets import NotStarted
from laurels_server.embedded.servers import EmbeddedServerError, EmbeddedServers, embedded_servers

_LEVELS = 3
"""Completed levels of each learner."""

_BAR_S = 120.0
_BAR_LEARNERS = 1_000_000
"""So many learners are to be imported within that time on two cores; fewer in their share of it."""

_STRIDE = 1_299_709
"""A prime: steps of it go round all learners, so that neighbours in a file are strangers."""

_LATEST = datetime(2026, 1, 1, tzinfo=UTC)


def write_files(folder: Path, learners: int) -> tuple[Path, Path]:
    """The two files; every learner has more XP than their levels paid."""
    if learners % _STRIDE == 0:
        raise ValueError(f"{learners} learners would not all be met")
    users, progress = folder / "users.csv", folder / "progress.csv"
    paid = _LEVELS * workload.LEVEL_XP
    with users.open("w") as lines:
        lines.write("user_id,display_name,total_xp,reached_at\n")
        for nth in range(learners):
            number = 1 + nth * _STRIDE % learners
            lines.write(
                f"{workload.user_id(number)},{workload.display_name(number)}"
                f",{paid + number % 1000},{_moment(number)}\n"
            )
    with progress.open("w") as lines:
        lines.write("user_id,level_id,xp_paid,best_score,attempts,completed_at\n")
        for nth in range(learners * _LEVELS):
            number, level = 1 + nth * _STRIDE % learners, 1 + nth // learners
            lines.write(
                f"{workload.user_id(number)},{workload.level_id(1, level)},{workload.LEVEL_XP}"
                f",{number % 101},{1 + number % 7},{_moment(number + level)}\n"
            )
    return users, progress


def _moment(number: int) -> str:
    return (_LATEST - timedelta(seconds=number * 7919 % 31_536_000)).isoformat()


async def measure(
    servers: EmbeddedServers, folder: Path, learners: int, say: Callable[[str], None]
) -> list[str]:
    """Imports, and prints what it took; returns what is wrong."""
    store = await stores.create(servers, "bench_backfill", 5)
    ours = targets.laurels(store, folder)
    await targets.migrate(ours)
    say(f"writing the files of {learners:,} learners with {_LEVELS} levels each")
    users, progress = write_files(folder, learners)
    async with ours.running() as running:
        await seeding.upsert_levels(running.address, 1)
        await until_in_step(running.address)
        say("importing")
        share = Share()
        first = await commands.import_files(store, users, progress)
        ended = time.monotonic()
        await until_in_step(running.address)
        behind_s = time.monotonic() - ended
        elsewhere = share.elsewhere()
        again = await commands.import_files(store, users, progress)
        say("auditing")
        audited = await commands.audit(running.address)

    bar_s = _BAR_S * learners / _BAR_LEARNERS
    rows = learners * _LEVELS
    print(f"{learners:,} learners and {rows:,} levels in {first.seconds:.1f} s (bar {bar_s:g} s):")
    print(f"  {learners / first.seconds:,.0f} learners/s, {rows / first.seconds:,.0f} levels/s")
    print(f"  the board had them all {behind_s:.1f} s later, by the ordinary feed")
    print(f"  memory of the command: {first.peak_bytes / 1e6:.0f} MB")
    print(f"  the same files again: {again.seconds:.1f} s")
    print(f"  others used {elsewhere:.0%} of the machine meanwhile")

    problems = audited.problems()
    expected = {"learners": learners, "levels": rows, "unchanged": 0, "findings": 0}
    problems += _differences("the import", first, expected)
    expected = {"learners": 0, "levels": 0, "unchanged": learners, "findings": 0}
    problems += _differences("the same import again", again, expected)
    counted = {"learners": learners, "entries": learners, "members": learners, "findings": 0}
    problems += _differences("the audit", audited, counted)
    if first.seconds > bar_s:
        problems.append(f"it took {first.seconds:.1f} s, more than {bar_s:g} s")
    return problems


def _differences(what: str, ran: Ran, expected: dict[str, int]) -> list[str]:
    summary = ran.last["summary"]
    return [
        f"{what} says {summary[name]} {name}, not {number}"
        for name, number in expected.items()
        if summary[name] != number
    ]


def main() -> int:
    """Measures; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.backfill", description=__doc__)
    parser.add_argument("--learners", type=int, default=_BAR_LEARNERS)
    learners = parser.parse_args().learners
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="laurels-backfill-") as name:
            folder = Path(name)
            for fact, value in machine.facts(folder):
                print(f"{fact}: {value}")
            with embedded_servers(folder) as servers:
                try:
                    problems = asyncio.run(measure(servers, folder, learners, _say))
                finally:
                    # Where we are root, the cluster may lie outside the folder.
                    servers.postgres.delete()
    except (CommandFailed, EmbeddedServerError, NotInStep, NotStarted) as error:
        print(error, file=sys.stderr)
        return 1
    for problem in problems:
        print(f"WRONG: {problem}", file=sys.stderr)
    if not problems:
        print("The audit found nothing.")
    return 1 if problems else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
