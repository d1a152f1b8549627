"""The client's README shows what happens, on a server as `make run` starts it."""

import asyncio
import re
import sys
import tomllib
from pathlib import Path

import laurels
from laurels_server.app import App

CLIENT = Path(__file__).parents[2] / "clients/python"
README = (CLIENT / "README.md").read_text()


async def test_the_first_call_prints_what_the_readme_says(app: App) -> None:
    [program] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    [printed] = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    assert "127.0.0.1:50051" in program
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-c", program.replace("127.0.0.1:50051", app.address)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await running.communicate()
    assert output.decode() == printed


def test_every_name_of_the_client_that_it_tells_exists() -> None:
    for name in re.findall(r"laurels\.([A-Za-z_.]+)\b", README):
        found = laurels
        for part in name.split("."):
            if part == "example":
                break
            found = getattr(found, part)
    for name in re.findall(r"`(iter_\w+)`", README):
        assert hasattr(laurels.Client, name)
    for name in re.findall(r"`error\.(\w+)", README):
        assert hasattr(laurels.LaurelsError("x"), name)


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    assert laurels.__version__ == project["version"]
