"""`make mutants`: breaks every guard of the catalog in turn and prints which test caught it."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.mutants.catalog import MUTANTS
from tests.mutants.mutant import judge

_AT_ONCE = 2
"""Each has servers of its own."""


def main(names: list[str]) -> int:
    """Judges the mutants of these names, or all; 1 when one survived."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    if unknown := set(names) - {mutant.name for mutant in MUTANTS}:
        print(f"No such mutant: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    started = time.monotonic()
    width = max(len(mutant.name) for mutant in chosen)
    survivors = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for verdict in pool.map(judge, chosen):
            survivors += not verdict.caught_by
            caught = verdict.caught_by or "SURVIVED: no test noticed"
            print(f"{verdict.mutant.name:{width}}  {verdict.seconds:4.0f} s  {caught}", flush=True)
    took = time.monotonic() - started
    print(f"{len(chosen) - survivors} of {len(chosen)} caught, in {took:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
