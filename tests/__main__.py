"""Runs the whole suite in two halves side by side: much of the one half is waiting.

`python -m tests` is what `make test` does. The half that waits is shown once the other has ended,
so that what either prints stays together.
"""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

_TESTS = Path(__file__).parent
_WAITING = ("embedded", "e2e", "faults")
"""Folders of tests that start, stop, break and wait for servers."""


def main() -> int:
    """Both halves; the exit code is that of the one that went wrong."""
    # Whoever started us in the background may have had Ctrl-C ignored; tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folders = {path.parent.relative_to(_TESTS).parts[0] for path in _TESTS.glob("*/**/test_*.py")}
    with tempfile.TemporaryFile() as shown_later:
        waiting = _start(_WAITING, shown_later)
        try:
            codes = [_start(sorted(folders - {*_WAITING}), None).wait(), waiting.wait()]
        except BaseException:
            waiting.terminate()
            waiting.wait()
            raise
        shown_later.seek(0)
        sys.stdout.buffer.write(shown_later.read())
    return max(codes)


def _start(
    folders: tuple[str, ...] | list[str], output: IO[bytes] | None
) -> subprocess.Popen[bytes]:
    # Each keeps what it remembers of failures to itself.
    cache = f"cache_dir=.pytest_cache/{folders[0]}"
    paths = [str(_TESTS / folder) for folder in folders]
    command = [sys.executable, "-m", "pytest", "-o", cache, *sys.argv[1:], *paths]
    return subprocess.Popen(command, stdout=output, stderr=output)


if __name__ == "__main__":
    sys.exit(main())
