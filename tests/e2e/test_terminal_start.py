"""How `laurels` presents itself: its help, how soon it is there, and what shells complete."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from laurels_server.cli import COMMANDS, main
from tests.e2e.process import COMMAND, ended

HEAVY = ("alembic", "asyncpg", "grpc", "pydantic", "redis", "rich", "sqlalchemy", "structlog")

WHAT_IS_LOADED = f"""
import sys

from laurels_server.cli import main

try:
    main(sys.argv[1:])
except SystemExit:
    print("loaded:", *(name for name in {HEAVY} if name in sys.modules))
"""


def loaded(*words: str, **variables: str) -> list[str]:
    """Which of the heavy libraries a command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED, *words],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | variables,
    )
    return done.stdout.splitlines()[-1].split()[1:]


def test_the_list_of_commands_and_their_completion_load_no_heavy_library() -> None:
    assert loaded("--help") == []
    assert loaded("--version") == []
    complete = {"COMP_WORDS": "laurels st", "COMP_CWORD": "1"}
    assert loaded(_LAURELS_COMPLETE="bash_complete", **complete) == []


def test_a_call_to_a_server_loads_neither_store() -> None:
    stores = {"alembic", "asyncpg", "redis", "sqlalchemy"}
    assert not stores & {*loaded("board", "--listen", "127.0.0.1:1")}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_begins_with_what_the_list_says_and_tells_the_exit_codes(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    told = f"{command.help}\n{command.epilog}"
    assert told.partition("\n")[0] == COMMANDS[name].help
    assert "Exit" in told or "exits" in told


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"migrate", "health", "rebuild"}))
def test_the_help_has_an_example(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert f"  laurels {name}" in (command.help or "") or f"(laurels {name}" in (command.help or "")


async def test_a_misspelt_command_is_guessed() -> None:
    code, output = await ended("bord")
    assert code == 2
    assert output.endswith("Error: No such command 'bord'. Did you mean 'board'?\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_completion_prints_the_script_of_a_shell(shell: str) -> None:
    code, output = await ended("completion", shell)
    assert code == 0
    assert f"_LAURELS_COMPLETE={shell}_complete" in output


def completed(*words: str) -> list[str]:
    """What bash is told to offer."""
    variables = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        [COMMAND],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"_LAURELS_COMPLETE": "bash_complete"} | variables,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_commands_their_flags_and_their_words_are_completed() -> None:
    assert completed("laurels", "s") == ["serve", "submit", "standing", "simulate"]
    assert completed("laurels", "--v") == ["--version"]
    assert completed("laurels", "board", "--l") == ["--listen", "--limit"]
    assert completed("laurels", "completion", "z") == ["zsh"]


async def test_config_tells_what_is_in_force_without_its_passwords() -> None:
    code, output = await ended(
        "config", database_url="postgresql://me:s3cret@there/laurels", lanes=2
    )
    assert code == 0
    assert "\n    Here it is postgresql://me:***@there/laurels\n" in output
    assert "\n    Here it is 2\n" in output
    assert "s3cret" not in output


async def test_config_shows_nothing_of_what_is_no_url() -> None:
    code, output = await ended("config", redis_url="a:b@c")
    assert code == 1
    assert "LAURELS_REDIS_URL is wrong: must end with the number of a database" in output
    assert "a:b@c" not in output


async def test_config_exits_1_for_what_a_server_would_not_take() -> None:
    code, output = await ended("config", lanes="many")
    assert code == 1
    assert output.splitlines()[-1].startswith("Error: LAURELS_LANES is wrong: ")


def test_without_uvloop_it_works_as_well(tmp_path: Path) -> None:
    (tmp_path / "uvloop.py").write_text("raise ImportError('there is none here')")
    done = subprocess.run(
        [COMMAND, "health", "--listen", "127.0.0.1:1"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "NO_ANSWER\n", "")
