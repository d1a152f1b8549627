"""What would be published holds all that users need, and nothing else."""

import asyncio
import email
import json
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as Xml
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
    with zipfile.ZipFile(wheel) as packed:
        told = email.message_from_bytes(packed.read(f"{about}/METADATA"))
    assert told["Version"] == laurels.__version__
    assert told["License-Expression"] == "Apache-2.0"
    assert told["Requires-Python"] == ">=3.11"
    assert told["Summary"]
    assert told.get_payload() == (CLIENTS / "python/README.md").read_text()
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


@pytest.mark.timeout(2 * BUILD_LIMIT_S)
async def test_the_jar_holds_the_client_and_says_what_it_is() -> None:
    [runner] = [runner for runner in RUNNERS if runner.name == "java"]
    if missing := " and no ".join(runner.missing()):
        TABLE.miss(runner.name, missing)
        pytest.skip(f"the jar was NOT looked at: no {missing}")
    await asyncio.to_thread(runner.command)
    package = ("mvn", "--batch-mode", "--quiet", "package", "-DskipTests")
    await asyncio.to_thread(run, runner.folder, *package)
    with zipfile.ZipFile(runner.folder / f"target/laurels-client-{laurels.__version__}.jar") as jar:
        files = {name for name in jar.namelist() if not name.endswith("/")}
        manifest = jar.read("META-INF/MANIFEST.MF").decode().splitlines()
        pom = Xml.fromstring(jar.read("META-INF/maven/dev.laurels/laurels-client/pom.xml"))
    classes = {name for name in files if name.endswith(".class")}
    ours = runner.folder / "src/main/java"
    assert {name.split("$")[0].removesuffix(".class") for name in classes} == {
        str(file.relative_to(ours).with_suffix("")) for file in ours.rglob("*.java")
    }
    about = {"META-INF/MANIFEST.MF", "META-INF/LICENSE"}
    maven = "META-INF/maven/dev.laurels/laurels-client"
    assert files - classes == about | {f"{maven}/pom.xml", f"{maven}/pom.properties"}
    # The name by which modules require it stays when the file is called otherwise.
    assert "Automatic-Module-Name: dev.laurels" in manifest
    assert f"Implementation-Version: {laurels.__version__}" in manifest
    told = {child.tag.partition("}")[2]: child for child in pom}
    assert told["version"].text == laurels.__version__
    assert told["name"].text
    assert told["description"].text
    assert next(part.text for part in told["licenses"][0]) == "Apache-2.0"


@pytest.mark.timeout(2 * BUILD_LIMIT_S)
def test_go_vet_and_gofmt_find_nothing() -> None:
    [runner] = [runner for runner in RUNNERS if runner.name == "go"]
    if missing := " and no ".join(runner.missing()):
        TABLE.miss(runner.name, missing)
        pytest.skip(f"the Go client was NOT looked at: no {missing}")
    run(runner.folder, "go", "vet", "./...")
    written = ("laurels", "internal", "examples")
    gofmt = Path(run(runner.folder, "go", "env", "GOROOT").strip()) / "bin/gofmt"
    assert run(runner.folder, str(gofmt), "-l", *written) == ""
