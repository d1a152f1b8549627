"""make tells what it can do, and what it lacks in one line."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # The suite may itself be run by make: its flags are not for this one.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def test_make_alone_lists_the_targets() -> None:
    listed = {line.split()[1] for line in make().stdout.splitlines()}
    assert {"run", "test", "check", "format", "generate", "lock", "bench", "clean"} <= listed


@pytest.mark.parametrize(
    ("version_check", "venv_check", "words"),
    [
        (1, 0, "needs Python 3.11 or newer"),
        (0, 1, "cannot make environments"),
    ],
)
def test_an_unfit_python_is_named_and_nothing_is_made(
    version_check: int, venv_check: int, words: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    python = tmp_path / "unfit-python"
    python.write_text(
        f"#!/bin/sh\ncase $2 in *version*) exit {version_check};; *) exit {venv_check};; esac\n"
    )
    python.chmod(0o755)
    done = make("run", f"PYTHON={python}", folder=tmp_path)
    assert done.returncode != 0
    assert words in done.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()
