"""The program of each client's README, run as it is written, prints what stands below it.

The Python client's is held to that among its own tests.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from laurels_server.app import App
from tests.clients.table import TABLE
from tests.clients.toolchains import BUILD_LIMIT_S, RUNNERS, Runner

PROGRAMS = {"typescript": "first.mjs", "go": "main.go", "java": "First.java"}
EXAMPLES = {
    "typescript": "examples/first.js",
    "go": "examples/first/main.go",
    "java": "example/src/main/java/First.java",
}


def running(runner: Runner, program: Path) -> list[str]:
    """The command that runs a program of one file with the client of this checkout."""
    built = runner.command()
    if runner.name == "java":
        return [*built[: built.index("-cp") + 2], str(program)]
    return ["node", str(program)] if runner.name == "typescript" else ["go", "run", str(program)]


async def printed(command: Sequence[str], folder: Path) -> list[str]:
    """The lines that a command prints; when it fails, that is the error."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode().splitlines()


@pytest.mark.timeout(2 * BUILD_LIMIT_S)
@pytest.mark.parametrize(
    "runner",
    [runner for runner in RUNNERS if runner.name in PROGRAMS],
    ids=lambda runner: runner.name,
)
async def test_the_readmes_program_prints_what_it_says(runner: Runner, app: App) -> None:
    if missing := " and no ".join(runner.missing()):
        TABLE.miss(runner.name, missing)
        pytest.skip(f"the program of the {runner.name} README did NOT run: no {missing}")
    readme = (runner.folder / "README.md").read_text()
    text = re.search(r"```(?:ts|go|java)\n(.*?)```\n\n```text\n(.*?)```", readme, re.DOTALL)
    assert text
    assert text[1].count("127.0.0.1:50051") == 1
    # Go takes no notice of folders that begin so.
    program = runner.folder / "build/_readme" / PROGRAMS[runner.name]
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(text[1].replace("127.0.0.1:50051", app.address))
    command = await asyncio.to_thread(running, runner, program)
    assert await printed(command, runner.folder) == text[2].splitlines()

    example = await asyncio.to_thread(running, runner, runner.folder / EXAMPLES[runner.name])
    lines = await printed([*example, app.address], runner.folder)
    assert lines[0] == "15 XP earned, 15 in all"
    assert re.fullmatch(r"1\. Scout 00\d: 15 XP", lines[1])
    assert lines[2:] == ["Refused: level 'puk_u1_l2' is locked; complete first: puk_u1_l1"]
