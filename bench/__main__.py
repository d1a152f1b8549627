"""The command `python -m bench`: measures, prints the table, and keeps it."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path

import uvloop

from bench import machine, report
from bench.rounds import BenchError, Plan, Results, run
from bench.targets import NotStarted
from laurels_server.embedded.servers import EmbeddedServerError, embedded_servers

FULL = Plan(rounds=3, warm_up_s=1.0, measured_s=4.0)
QUICK = Plan(rounds=1, warm_up_s=0.5, measured_s=1.5)

HERE = Path(__file__).parent
README = HERE / "README.md"
LATEST = HERE / "results" / "latest.json"


def main() -> int:
    """Measures; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one short round, printed but not kept: a minute or two",
    )
    quick = bool(parser.parse_args().quick)
    plan = QUICK if quick else FULL
    signal.signal(signal.SIGTERM, _exit)
    try:
        with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name:
            folder = Path(name)
            results, facts = _measure(plan, folder)
    except (BenchError, NotStarted, EmbeddedServerError) as error:
        print(error, file=sys.stderr)
        return 1
    command = "make bench-quick" if quick else "make bench"
    section = report.section(results, plan, facts, command)
    print(section)
    for problem in results.problems:
        print(f"WRONG: {problem}", file=sys.stderr)
    if results.problems:
        return 1
    print("\nThe ledger's sums equal total_xp, and every answered submission is booked once.")
    if not quick:
        README.write_text(report.put_into(README.read_text(), section))
        LATEST.parent.mkdir(exist_ok=True)
        LATEST.write_text(json.dumps(report.entries(results), indent=2) + "\n")
        print(f"Kept in {README} and {LATEST}.")
    return 0


def _measure(plan: Plan, folder: Path) -> tuple[Results, list[report.Fact]]:
    facts = machine.facts(folder)
    with embedded_servers(folder) as servers:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(run(plan, servers, folder, _say)), facts
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
