"""Measures `laurels import`: `python -m bench.backfill [--quick]`.

Learners with three completed levels each are brought in from two CSV files, in no order, beside a
server that runs. Ends with an audit through that server, and fails unless it is clean, everyone is
on the board, the same files again change nothing, and the time is within the bar. Without --quick
the numbers are kept.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import bars, commands, machine, seeding, stores, targets, workload
from bench.bars import Line
from bench.commands import CommandFailed, Ran
from bench.keeping import BACKFILLED, keep
from bench.machine import Fact, Share
from bench.sync import NotInStep, until_in_step
from bench.targets import NotStarted
from laurels_server.embedded.servers import EmbeddedServerError, EmbeddedServers, embedded_servers

_LEVELS = 3
"""Completed levels of each learner."""

_BAR_S = 120.0
FULL = 1_000_000
"""So many learners are to be imported within that time on two cores; fewer in their share of it."""

QUICK = 20_000

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


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What came of an import, and of the same one again."""

    learners: int
    first: Ran
    again: Ran
    behind_s: float
    """How much later the board had them all."""

    elsewhere: float
    """The share of the machine that others took meanwhile."""

    problems: Sequence[str]


async def run(
    servers: EmbeddedServers, folder: Path, learners: int, say: Callable[[str], None]
) -> Backfilled:
    """Imports, twice, and looks at what is there then."""
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
        say("importing the same again")
        again = await commands.import_files(store, users, progress)
        say("auditing")
        audited = await commands.audit(running.address)

    problems = audited.problems()
    expected = {
        "learners": learners,
        "levels": learners * _LEVELS,
        "unchanged": 0,
        "findings": 0,
    }
    problems += _differences("the import", first, expected)
    expected = {"learners": 0, "levels": 0, "unchanged": learners, "findings": 0}
    problems += _differences("the same import again", again, expected)
    counted = {"learners": learners, "entries": learners, "members": learners, "findings": 0}
    problems += _differences("the audit", audited, counted)
    return Backfilled(learners, first, again, behind_s, elsewhere, problems)


def _differences(what: str, ran: Ran, expected: dict[str, int]) -> list[str]:
    summary = ran.last["summary"]
    return [
        f"{what} says {summary[name]} {name}, not {number}"
        for name, number in expected.items()
        if summary[name] != number
    ]


def lines(filled: Backfilled) -> list[Line]:
    """The time, and what it comes to."""
    seconds = filled.first.seconds
    return [
        Line("the import", seconds, "s", bar=_BAR_S * filled.learners / FULL),
        Line("learners", filled.learners / seconds, "/s"),
        Line("levels", filled.learners * _LEVELS / seconds, "/s"),
        Line("the board has them all, later by", filled.behind_s, "s"),
        Line("memory of the command", filled.first.peak_bytes / 1e6, "MB"),
        Line("the same files again", filled.again.seconds, "s"),
    ]


def section(filled: Backfilled, facts: Sequence[Fact]) -> str:
    """What README.md shows between its markers."""
    how = (
        f"`make bench-backfill`: {filled.learners:,} learners with {_LEVELS} levels each, in two "
        "CSV files and no order, beside a server that runs."
    )
    return "\n\n".join((how, bars.table(lines(filled)), machine.about(facts, filled.elsewhere)))


def main() -> int:
    """Measures; 1 when anything was wrong, or took too long."""
    parser = argparse.ArgumentParser(prog="python -m bench.backfill", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few learners; nothing is kept")
    quick = parser.parse_args().quick
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="laurels-backfill-") as name:
            folder = Path(name)
            facts = machine.facts(folder)
            with embedded_servers(folder) as servers:
                try:
                    filled = asyncio.run(run(servers, folder, QUICK if quick else FULL, _say))
                finally:
                    # Where we are root, the cluster may lie outside the folder.
                    servers.postgres.delete()
    except (CommandFailed, EmbeddedServerError, NotInStep, NotStarted) as error:
        print(error, file=sys.stderr)
        return 1
    told = section(filled, facts)
    print(told)
    for problem in filled.problems:
        print(f"WRONG: {problem}", file=sys.stderr)
    if filled.problems:
        return 1
    print("\nThe audit found nothing.\n")
    if not quick:
        keep(BACKFILLED, told, bars.entries(lines(filled)))
    return int(any(line.met is False for line in lines(filled)))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
