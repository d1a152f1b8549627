"""How each client's runner is built: once, and again when its sources change."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
BUILD_LIMIT_S = 300

_GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4"

_NOT_SOURCES = {"build", "dist", "node_modules", "target", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Runner:
    """A client's runner of the scenario."""

    name: str
    needs: tuple[str, ...]
    build: Callable[[Path], list[str]]
    """Builds it in the client's folder; returns the command that runs it."""

    @property
    def folder(self) -> Path:
        return CLIENTS / self.name.partition("_")[0]

    def missing(self) -> list[str]:
        """The tools that this machine lacks."""
        return [tool for tool in self.needs if shutil.which(tool) is None]

    def command(self) -> list[str]:
        """The command that runs it, built if need be."""
        return self.build(self.folder)


def run(folder: Path, *words: str) -> str:
    """What a command prints; when it fails, that is the error."""
    # The suite may itself be run by make: its flags are not for this one.
    environment = {name: text for name, text in os.environ.items() if "MAKE" not in name}
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=BUILD_LIMIT_S,
    )
    assert done.returncode == 0, f"{' '.join(words)} in {folder}:\n{done.stdout[-4000:]}"
    return done.stdout


def once(
    folder: Path,
    stamp: str,
    patterns: tuple[str, ...],
    *commands: tuple[str, ...],
    also: Sequence[Path] = (),
) -> None:
    """Runs commands unless they succeeded before on these very sources.

    `also` are files that lie elsewhere.
    """
    digest = hashlib.sha256(repr(commands).encode())
    for file in also:
        digest.update(f"{file}\0".encode() + file.read_bytes())
    for pattern in patterns:
        for file in sorted(folder.glob(pattern)):
            if file.is_file() and not _NOT_SOURCES & set(file.relative_to(folder).parts):
                digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes())
    mark = folder / "build" / stamp
    if mark.exists() and mark.read_text() == digest.hexdigest():
        return
    mark.unlink(missing_ok=True)
    for command in commands:
        run(folder, *command)
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(digest.hexdigest())


def install_typescript(folder: Path) -> None:
    once(folder, "npm.stamp", ("package.json", "package-lock.json"), ("npm", "ci"))


def _typescript(folder: Path) -> list[str]:
    install_typescript(folder)
    sources = ("package*.json", "tsconfig.json", "src/**/*")
    once(folder, "tsc.stamp", sources, ("npm", "run", "build"))
    return ["node", str(folder / "dist/conformance/main.js")]


def written_stubs(runner: Runner) -> Path:
    """The folder in which `make generate-*` has written the stubs of a client."""
    # Go takes no notice of folders that begin so.
    written = runner.folder / "build/_stubs"
    inputs = [
        ROOT / "Makefile",
        ROOT / "locks/generate.txt",
        *sorted(ROOT.glob("protos/**/*.proto")),
    ]
    once(
        runner.folder,
        "stubs.stamp",
        ("pom.xml", "package-lock.json"),
        ("rm", "-rf", str(written)),
        # The environment that runs the tests is left alone, whatever make thinks of it.
        (
            *("make", f"--directory={ROOT}", "--old-file=.venv/run.stamp"),
            *(f"generate-{runner.name}", f"OUT={written}"),
        ),
        also=inputs,
    )
    return written


def _go(folder: Path) -> list[str]:
    # It knows by itself what is built already.
    run(folder, "go", "build", "-o", "build/conformance", "./internal/conformance")
    return [str(folder / "build/conformance")]


def install_grpcurl() -> Path | None:
    """The grpcurl that the documentation was written with, built by Go, or any that is here."""
    if shutil.which("go") is None:
        found = shutil.which("grpcurl")
        return Path(found) if found else None
    folder = CLIENTS / "go/build/bin"
    once(
        CLIENTS / "go",
        "grpcurl.stamp",
        (),
        ("env", f"GOBIN={folder}", "go", "install", _GRPCURL),
    )
    return folder / "grpcurl"


def _java(folder: Path) -> list[str]:
    once(
        folder,
        "maven.stamp",
        ("pom.xml", "src/**/*.java"),
        (
            *("mvn", "--batch-mode", "--quiet", "test-compile", "dependency:build-classpath"),
            *("-Dmdep.outputFile=build/classpath", "-Dmdep.includeScope=test"),
        ),
    )
    made = [str(folder / "target/classes"), str(folder / "target/test-classes")]
    classpath = os.pathsep.join([*made, (folder / "build/classpath").read_text()])
    # A program of seconds is compiled only lightly.
    return [
        "java",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        classpath,
        "dev.laurels.conformance.Conformance",
    ]


def _python(_folder: Path) -> list[str]:
    return [sys.executable, str(CLIENTS / "conformance/run_python.py")]


def _python_asyncio(folder: Path) -> list[str]:
    return [*_python(folder), "--asyncio"]


RUNNERS = (
    Runner("python", (), _python),
    Runner("python_asyncio", (), _python_asyncio),
    Runner("typescript", ("node", "npm"), _typescript),
    Runner("go", ("go",), _go),
    Runner("java", ("java", "mvn"), _java),
)
