"""The client works with the oldest libraries that it declares; all other tests run the newest.

Written by `uv pip compile clients/python/pyproject.toml --resolution lowest-direct --universal
--python-version 3.11 --generate-hashes --no-header -o tests/pyclient/oldest.txt`.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from tests.e2e.process import Laurels, free_address

ROOT = Path(__file__).parents[2]
LOCK = Path(__file__).with_name("oldest.txt")
CLIENT = ROOT / "clients/python"


@pytest.fixture(scope="session")
def oldest() -> Path:
    """The Python of an environment with just these; made once, and again when the lock changes."""
    folder = ROOT / ".venv-oldest"
    stamp = folder / "stamp"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    python = folder / "bin/python"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        install = ("-m", "pip", "--quiet", "--no-input", "install", "--require-hashes")
        subprocess.run([python, *install, "--only-binary", ":all:", "-r", LOCK], check=True)
        stamp.write_text(wanted)
    return python


def declared() -> dict[str, str]:
    """The lower bound of each requirement."""
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    bounds = [re.match(r"([\w-]+)>=([\d.]+)", text) for text in project["dependencies"]]
    return {bound[1]: bound[2] for bound in bounds if bound}


def test_the_lock_holds_the_lower_bounds_and_nothing_else() -> None:
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", LOCK.read_text(), re.MULTILINE))
    assert pinned == declared()
    assert set(pinned) == {"grpcio", "protobuf", "googleapis-common-protos"}
    assert "://" not in LOCK.read_text()


@pytest.mark.timeout(300)
def test_both_clients_work_with_the_oldest_libraries(oldest: Path, server: Laurels) -> None:
    script = Path(__file__).with_name("oldest_calls.py")
    done = subprocess.run(
        [oldest, "-W", "error", script, server.address, free_address(), "of-the-oldest"],
        env={"PYTHONPATH": str(CLIENT), "PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["versions"] == declared()
    assert told["sync"] == [
        True,
        "LEVEL_LOCKED",
        True,
        15,
        True,
        "summary",
        "amount",
        "MessageTooLarge",
        "Unreachable",
    ]
    assert told["asyncio"] == [20, [5, 15], "summary", "LEARNER_NOT_FOUND Unreachable"]
