"""The committed stubs of every client follow from the protos."""

import filecmp
import shutil
from pathlib import Path

import pytest

from tests.clients.table import TABLE
from tests.clients.toolchains import BUILD_LIMIT_S, RUNNERS, Runner, written_stubs

STUBS = {
    "typescript": Path("clients/typescript/src/generated"),
    "go": Path("clients/go"),
    "java": Path("clients/java/src/main/java"),
}
GENERATED = {"typescript": ".", "go": "laurels/v1", "java": "dev/laurels/v1"}

ROOT = Path(__file__).parents[2]


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def differences(committed: Path, written: Path) -> list[str]:
    """The files that only one of them has, or that are not the same in both."""
    names = set(files(committed)) ^ set(files(written))
    _, differ, unread = filecmp.cmpfiles(
        committed, written, set(files(committed)) - names, shallow=False
    )
    return sorted([*names, *differ, *unread])


@pytest.mark.timeout(2 * BUILD_LIMIT_S)
@pytest.mark.parametrize(
    "runner", [runner for runner in RUNNERS if runner.name in STUBS], ids=lambda runner: runner.name
)
def test_the_stubs_are_what_make_generate_writes(runner: Runner) -> None:
    if missing := " and no ".join(runner.missing()):
        TABLE.miss(runner.name, missing)
        pytest.skip(f"the {runner.name} stubs were NOT compared: no {missing}")
    within = GENERATED[runner.name]
    written = written_stubs(runner) / within
    different = differences(ROOT / STUBS[runner.name] / within, written)
    assert different == [], f"run make generate-{runner.name}"


def test_a_changed_a_missing_and_a_surplus_stub_are_told(tmp_path: Path) -> None:
    committed, written = tmp_path / "committed", tmp_path / "written"
    written.mkdir()
    for name in ("same", "changed", "missing"):
        (written / name).write_text(name)
    shutil.copytree(written, committed)
    (committed / "changed").write_text("CHANGED")
    (committed / "missing").rename(committed / "surplus")
    assert differences(committed, written) == ["changed", "missing", "surplus"]
