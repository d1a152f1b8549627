"""What would be published holds all that users need, and nothing else."""

import asyncio
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import laurels
from tests.clients.table import TABLE
from tests.clients.toolchains import BUILD_LIMIT_S, CLIENTS, ROOT, RUNNERS, run


@pytest.mark.parametrize("client", ["python", "typescript", "go", "java"])
def test_every_client_carries_the_license(client: str) -> None:
    assert (CLIENTS / client / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def sources() -> set[str]:
    """The Python client's own files."""
    package = CLIENTS / "python/laurels"
    return {
        str(file.relative_to(package.parent))
        for file in package.rglob("*")
        if file.suffix in {".py", ".pyi"} or file.name == "py.typed"
    }


def test_the_python_distributions_hold_the_client_with_its_types(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)],
        cwd=CLIENTS / "python",
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    [sdist] = tmp_path.glob("*.tar.gz")
    about = f"laurels-{laurels.__version__}.dist-info"
    assert "laurels/py.typed" in sources()
    assert set(zipfile.ZipFile(wheel).namelist()) == sources() | {
        f"{about}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")
    }
    with tarfile.open(sdist) as packed:
        names = {name.removeprefix(f"laurels-{laurels.__version__}/") for name in packed.getnames()}
    extra = {"LICENSE", "README.md", "PKG-INFO", "pyproject.toml", ".gitignore"}
    assert names - extra == sources()
    assert extra - {".gitignore"} <= names


@pytest.mark.timeout(2 * BUILD_LIMIT_S)
async def test_the_npm_package_holds_the_client_with_its_types() -> None:
    [runner] = [runner for runner in RUNNERS if runner.name == "typescript"]
    if missing := " and no ".join(runner.missing()):
        TABLE.miss(runner.name, missing)
        pytest.skip(f"the npm package was NOT looked at: no {missing}")
    await asyncio.to_thread(runner.command)
    told = await asyncio.to_thread(
        run, runner.folder, "npm", "pack", "--dry-run", "--json", "--ignore-scripts", "--silent"
    )
    [package] = json.loads(told)
    files = {file["path"] for file in package["files"]}
    modules = {
        f"dist/{file.relative_to(runner.folder / 'src').with_suffix(suffix)}"
        for file in (runner.folder / "src").rglob("*.ts")
        if "conformance" not in file.parts
        for suffix in (".js", ".d.ts")
    }
    assert files == modules | {"LICENSE", "README.md", "package.json"}
