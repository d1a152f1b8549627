"""The command `python -m bench`: measures, prints the tables, and keeps them."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bench import bars, guarantee, machine, plots, report, rounds, scale, soak, tools
from bench.commands import CommandFailed
from bench.keeping import COMPARED, GUARANTEED, SCALED, SOAKED, keep
from bench.programs import ProgramFailed
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


def main() -> int:
    """Measures; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="short and small, printed but not kept"
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--guarantee", action="store_true", help="only what is guaranteed")
    only.add_argument("--scale", action="store_true", help="only how it is with large tables")
    only.add_argument("--soak", action="store_true", help="only memory, over ten minutes")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _exit)
    measures = [_compare, _hold_to_the_bars]
    if given.guarantee:
        measures = [_hold_to_the_bars]
    elif given.scale:
        measures = [_scale]
    elif given.soak:
        measures = [_soak]
    try:
        return int(not all(measure(quick=given.quick) for measure in measures))
    except (
        BenchError,
        CommandFailed,
        EmbeddedServerError,
        NotInStep,
        NotStarted,
        ProgramFailed,
    ) as error:
        print(error, file=sys.stderr)
        return 1


def _compare(*, quick: bool) -> bool:
    """Laurels beside the other servers; whether all was well."""
    plan = QUICK if quick else FULL
    results, facts = _over_servers(lambda servers, folder: rounds.run(plan, servers, folder, _say))
    section = report.section(results, plan, facts, "make bench-quick" if quick else "make bench")
    well = _told(section, results.problems)
    if well and not quick:
        plots.against_concurrency(results)
        keep(COMPARED, section, report.entries(results))
    return well


def _hold_to_the_bars(*, quick: bool) -> bool:
    """Laurels beside what it guarantees; whether all was well."""
    plan = guarantee.QUICK if quick else guarantee.FULL
    measured, facts = _over_servers(
        lambda servers, folder: guarantee.run(plan, servers, folder, _say)
    )
    section = guarantee.section(plan, measured, facts)
    well = _told(section, measured.problems)
    if well and not quick:
        keep(GUARANTEED, section, bars.entries(measured.lines))
    return well


def _scale(*, quick: bool) -> bool:
    """Laurels with few learners beside itself with many; whether all was well."""
    plan = scale.QUICK if quick else scale.FULL
    scaled, facts = _over_servers(lambda servers, folder: scale.run(plan, servers, folder, _say))
    section = scale.section(plan, scaled, facts)
    well = _told(section, scaled.problems)
    if well and not quick:
        plots.against_size(scaled)
        keep(SCALED, section, bars.entries(scale.lines(scaled)))
    return well


def _soak(*, quick: bool) -> bool:
    """Laurels' memory over a long time; whether all was well."""
    plan = soak.QUICK if quick else soak.FULL
    soaked, facts = _over_servers(lambda servers, folder: soak.run(plan, servers, folder, _say))
    section = soak.section(plan, soaked, facts)
    well = _told(section, soaked.problems)
    if well and not quick:
        keep(SOAKED, section, bars.entries(soak.lines(soaked)))
    return well


def _told(section: str, problems: Sequence[str]) -> bool:
    """Prints; whether all was well."""
    print(section)
    for problem in problems:
        print(f"WRONG: {problem}", file=sys.stderr)
    if not problems:
        print("\nThe audit found nothing, and every answered submission is booked once.\n")
    return not problems


def _over_servers(
    measure: Callable[[EmbeddedServers, Path], Coroutine[Any, Any, T]],
) -> tuple[T, list[machine.Fact]]:
    """Runs it over a PostgreSQL and a Valkey of its own, in a folder that is then removed."""
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name:
        folder = Path(name)
        asyncio.run(tools.prepare(_say))
        facts = machine.facts(folder)
        with embedded_servers(folder) as servers:
            try:
                # Not on uvloop: it starts programs by a plain fork, which can wait for ever for a
                # gRPC channel of ours that is just being closed.
                return asyncio.run(measure(servers, folder)), facts
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
