"""The command `python -m bench`: measures, prints the tables, and keeps them."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from bench import bars, guarantee, machine, report, rounds
from bench.commands import CommandFailed
from bench.rounds import BenchError, Plan
from bench.sync import NotInStep
from bench.targets import NotStarted
from laurels_server.embedded.servers import (
    EmbeddedServerError,
    EmbeddedServers,
    embedded_servers,
)

T = TypeVar("T")

FULL = Plan(rounds=3, warm_up_s=1.0, measured_s=4.0)
QUICK = Plan(rounds=1, warm_up_s=0.5, measured_s=1.5)

HERE = Path(__file__).parent
README = HERE / "README.md"
RESULTS = HERE / "results"


def main() -> int:
    """Measures; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="short and small, printed but not kept"
    )
    parser.add_argument("--guarantee", action="store_true", help="only what has a bar to reach")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _exit)
    try:
        if given.guarantee:
            return _hold_to_the_bars(quick=given.quick)
        return _compare(quick=given.quick) or _hold_to_the_bars(quick=given.quick)
    except (BenchError, CommandFailed, EmbeddedServerError, NotInStep, NotStarted) as error:
        print(error, file=sys.stderr)
        return 1


def _compare(*, quick: bool) -> int:
    """Laurels beside the other servers."""
    plan = QUICK if quick else FULL
    results, facts = _over_servers(lambda servers, folder: rounds.run(plan, servers, folder, _say))
    section = report.section(results, plan, facts, "make bench-quick" if quick else "make bench")
    if _told(section, results.problems) and not quick:
        _keep(report.COMPARED, section, report.entries(results))
    return 1 if results.problems else 0


def _hold_to_the_bars(*, quick: bool) -> int:
    """Laurels beside what it guarantees."""
    plan = guarantee.QUICK if quick else guarantee.FULL
    measured, facts = _over_servers(
        lambda servers, folder: guarantee.run(plan, servers, folder, _say)
    )
    section = guarantee.section(plan, measured, facts)
    if _told(section, measured.problems) and not quick:
        _keep(report.GUARANTEED, section, bars.entries(measured.lines))
    return 1 if measured.problems else 0


def _told(section: str, problems: Sequence[str]) -> bool:
    """Prints; whether all was well."""
    print(section)
    for problem in problems:
        print(f"WRONG: {problem}", file=sys.stderr)
    if not problems:
        print("\nThe audit found nothing, and every answered submission is booked once.\n")
    return not problems


def _keep(place: report.Place, section: str, entries: Sequence[object]) -> None:
    README.write_text(place.put_into(README.read_text(), section))
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / place.file
    file.write_text(json.dumps(entries, indent=2) + "\n")
    print(f"Kept in {README} and {file}.", flush=True)


def _over_servers(
    measure: Callable[[EmbeddedServers, Path], Coroutine[Any, Any, T]],
) -> tuple[T, list[report.Fact]]:
    """Runs it over a PostgreSQL and a Valkey of its own, in a folder that is then removed."""
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name:
        folder = Path(name)
        facts = machine.facts(folder)
        with embedded_servers(folder) as servers:
            try:
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    return runner.run(measure(servers, folder)), facts
            finally:
                # Where we are root, the cluster may lie outside the folder.
                servers.postgres.delete()


def _exit(_number: int, _frame: object) -> None:
    """Unwinds, so that every server is stopped."""
    sys.exit(143)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
