"""How commands end when their reader goes, nothing can be written or Ctrl-C comes: all alike."""

import asyncio
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from laurels_server.app import App
from laurels_server.cli import COMMANDS
from laurels_server.config import Settings
from tests.calls import Calls
from tests.e2e.process import COMMAND, free_address

FULL = "Error: standard output cannot be written: No space left on device\n"

ALONE = [
    ("--help",),
    ("--version",),
    ("board", "--help"),
    ("config",),
    ("config", "--json"),
    ("completion", "bash"),
    ("health", "--listen", "127.0.0.1:1"),
    ("doctor", "--listen", "127.0.0.1:1", "--data-dir", "/nowhere"),
]
"""Commands that print something where no server runs."""


def end(output: int | None, *words: str, **variables: str) -> tuple[int, str]:
    """The exit code and stderr of a command that prints to this descriptor, or to a closed one."""
    # The shell closes a stream as nothing here can.
    shell = ["sh", "-c", 'exec "$@" >&-', "sh"] if output is None else []
    done = subprocess.run(
        [*shell, COMMAND, *words],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
        text=True,
        timeout=30,
        env={name: text for name, text in os.environ.items() if "LAURELS" not in name} | variables,
    )
    return done.returncode, done.stderr


@contextmanager
def nobody() -> Generator[int]:
    """A pipe whose reader has gone."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        yield theirs
    finally:
        os.close(theirs)


@contextmanager
def full() -> Generator[int]:
    """A disk that is full."""
    with open("/dev/full", "wb", buffering=0) as file:
        yield file.fileno()


@pytest.mark.parametrize("words", ALONE, ids=" ".join)
def test_a_reader_that_has_gone_and_a_full_disk_end_every_command_with_2(
    words: tuple[str, ...],
) -> None:
    with nobody() as output:
        assert end(output, *words) == (2, "")
    with full() as output:
        assert end(output, *words) == (2, FULL)


async def test_so_they_end_the_calls_to_a_server_of_which_only_top_was_to_be_ended(
    app: App, settings: Settings, calls: Calls
) -> None:
    answer = await calls.submit("scout-001", "puk_u1_l1")
    await calls.board(consistency_token=answer.consistency_token)
    to = {"LAURELS_LISTEN": app.address, "LAURELS_DATABASE_URL": settings.database_url}
    with nobody() as output:
        for words, code in (
            (("board", "--json"), 2),
            (("submit", "scout-002", "puk_u1_l1"), 2),
            (("audit",), 2),
            (("top",), 0),
        ):
            assert await asyncio.to_thread(end, output, *words, **to) == (code, ""), words
    with full() as output:
        for words in (("board",), ("simulate", "--seconds", "0.1"), ("top",), ("migrate",)):
            assert await asyncio.to_thread(end, output, *words, **to) == (2, FULL), words


@pytest.mark.parametrize(("words", "code"), [(("config",), 0), (("board",), 2)])
def test_a_closed_output_is_one_that_nobody_reads(words: tuple[str, ...], code: int) -> None:
    address = free_address()
    ended, said = end(None, *words, LAURELS_LISTEN=address)
    assert ended == code
    assert said in ("", f"Error: no Laurels answers at {address}; see LAURELS_LISTEN or --listen\n")


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"completion"}))
def test_ctrl_c_while_a_command_is_still_being_loaded_is_told_in_a_line(
    name: str, tmp_path: Path
) -> None:
    # All of these commands load the settings, and with them this.
    module = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "pydantic_settings.py").write_text(module)
    ended = end(subprocess.DEVNULL, name, PYTHONPATH=str(tmp_path))
    assert ended == (2, "Error: interrupted before the end\n")
