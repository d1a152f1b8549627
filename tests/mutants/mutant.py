"""One guard broken: in a copy of the server's source, never in the source itself."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parents[2] / "server" / "src"
_PACKAGE: Final = "laurels_server"
_LONGEST_S: Final = 120

_TESTS_FAILED: Final = 1
"""pytest's exit code for it; all others mean that the tests did not run as they should."""


_OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--timeout", "30")
"""Some breaks make tests hang; 30 s is enough for those that do not."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """Text of a source file, what to put there instead, and the tests that must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: Sequence[str]

    def applied(self) -> str:
        """The file with the break in it; the text to break stands there exactly once."""
        text = (SOURCE / _PACKAGE / self.file).read_text()
        assert text.count(self.old) == 1, f"{self.name}: {self.file} has the text not once"
        assert self.old != self.new
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the test that caught it, or nothing, and how long that took."""

    mutant: Mutant
    caught_by: str
    seconds: float


def judge(mutant: Mutant) -> Verdict:
    """Runs the tests on a copy with the break in it, up to the first failure."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="laurels-mutant-") as place:
        package = Path(place) / _PACKAGE
        shutil.copytree(SOURCE / _PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / mutant.file).write_text(mutant.applied())
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "pytest", *_OPTIONS, *mutant.tests],
                cwd=SOURCE.parents[1],
                # Before what is installed; the commands that tests start inherit it.
                env=os.environ | {"PYTHONPATH": place, "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=_LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            # Some breaks have a loop of ours spin for ever, which nobody could overlook.
            return Verdict(mutant, "the tests no longer end", time.monotonic() - started)
    if ended.returncode not in (0, _TESTS_FAILED):
        raise RuntimeError(f"{mutant.name}: the tests did not run:\n{ended.stdout[-3000:]}")
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", ended.stdout, re.MULTILINE)
    return Verdict(mutant, failed[1] if failed else "", time.monotonic() - started)
