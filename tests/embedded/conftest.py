"""A data folder for real servers, and the promise that no test leaves one running."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from laurels_server.embedded import postgres, unprivileged


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Generator[Path, None, None]:
    """A data folder that any account can reach (pytest's own are closed), with an awkward name."""
    with tempfile.TemporaryDirectory(prefix="laurels-") as place:
        parent = Path(place).resolve()
        parent.chmod(0o755)
        # The tests leave nothing behind in /var/lib/laurels.
        monkeypatch.setattr(unprivileged, "REACHABLE_ROOT", parent / "reachable")
        # Nor do they outlive a power cut.
        monkeypatch.setattr(postgres, "INITDB_OPTIONS", (*postgres.INITDB_OPTIONS, "--no-sync"))
        yield parent / "a developer's älbum"
        left = _working_below(parent)
        for process in left:
            process.kill()
        assert not left, f"still running after the test: {left}"


def _working_below(parent: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if parent in Path(process.cwd()).parents:
                found.append(process)
        except psutil.Error:
            continue
    return found
