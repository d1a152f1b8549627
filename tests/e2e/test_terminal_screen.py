"""What people see on a terminal, whatever the learners are called."""

import asyncio
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import orjson
import pytest
from rich.cells import cell_len

from laurels_server.app import App
from laurels_server.cli.text import printable
from tests.calls import Calls
from tests.e2e.process import COMMAND, ended
from tests.sql import Sql

WIDTH = 78

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eeuliaf\u2066",
    "\x9b31mred",
    "line\none\ttab\rback",
    "名前" * 60,
    "e" + "\u0301" * 500,
    "[bold red]markup[/] :boom:",
    "👩\u200d👩\u200d👧 family",
    "שלום עולם",
)


def on_a_terminal(*words: str, **variables: str) -> tuple[int, str]:
    """The exit code and all that a command writes to a terminal of WIDTH columns."""
    process, ours = at_a_terminal(*words, **variables)
    output = all_of(ours)
    return process.wait(20), output


def at_a_terminal(*words: str, **variables: str) -> tuple[subprocess.Popen[bytes], int]:
    """A command that writes to a terminal, and our end of that."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDTH, 0, 0))
    process = subprocess.Popen(
        [COMMAND, *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm-256color"} | variables,
    )
    os.close(theirs)
    return process, ours


def all_of(ours: int) -> str:
    parts: list[bytes] = []
    try:
        while part := os.read(ours, 4096):
            parts.append(part)
    except OSError:
        pass  # how Linux says that nobody writes any more
    os.close(ours)
    return b"".join(parts).decode()


def until_seen(ours: int, text: str, within_s: float = 20.0) -> str:
    """What comes until this has come."""
    seen = b""
    deadline = time.monotonic() + within_s
    while text.encode() not in seen:
        ready, _, _ = select.select([ours], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"{text!r} not within {within_s:g} s: {seen}"
        seen += os.read(ours, 4096)
    return seen.decode()


@pytest.fixture
async def named(app: App, calls: Calls, sql: Sql) -> App:
    """A server whose learners have the names, which the service itself would in part refuse."""
    after = ""
    for number, name in enumerate(HOSTILE, start=1):
        user_id = f"scout-{number:03d}"
        await sql.execute("UPDATE users SET display_name = $1 WHERE user_id = $2", name, user_id)
        after = (await calls.submit(user_id, "puk_u1_l1")).consistency_token
    await calls.board(consistency_token=after)
    return app


async def test_no_name_breaks_a_screen(named: App) -> None:
    listen = ("--listen", named.address)
    for words in (("board",), ("standing", "scout-005"), ("top", "--once", "--interval", "0.1")):
        code, output = await asyncio.to_thread(on_a_terminal, *words, *listen)
        assert code == 0, output
        # Of the terminal's orders only colours are left.
        plain = re.sub(r"\x1b\[[0-9;]*m", "", output).replace("\r\n", "\n")
        assert all(letter == "\n" or letter.isprintable() for letter in plain), repr(plain)
        assert all(cell_len(line) <= WIDTH for line in plain.splitlines())
        assert plain.count("scout-005") == 1 + (words[0] == "standing")
    assert "[bold red]markup[/] :boom:" in plain
    assert "owned" in plain


async def test_no_name_breaks_a_line_in_a_pipe(named: App) -> None:
    code, output = await ended("board", listen=named.address)
    assert code == 0
    rows = [line.split("\t") for line in output.split("\n")[:-1]]
    assert [len(row) for row in rows] == [6] * len(HOSTILE)
    assert "".join(map("".join, rows)).isprintable()


async def test_json_has_every_name_as_it_is_and_commands_no_terminal(named: App) -> None:
    code, output = await ended("board", "--json", listen=named.address)
    assert code == 0
    assert output.rstrip("\n").isprintable()
    names = {entry["display_name"] for entry in orjson.loads(output)["entries"]}
    assert names == set(HOSTILE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Scout 001", "Scout 001"),
        ("Ærøskøbing, Ñandú", "Ærøskøbing, Ñandú"),
        ("\x1b[2J", "?[2J"),
        ("a\u202eb\u200eb", "a?b?b"),
        ("ש\u200cל", "של"),
        ("x" + "\u0300" * 9, "x" + "\u0300" * 3),
        ("", ""),
    ],
)
def test_a_text_is_shown_without_what_acts_on_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


async def test_no_color_is_honoured_and_a_pipe_has_none(app: App, calls: Calls) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    listen = ("--listen", app.address)
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    once = ("top", "--once", "--interval", "0.1", *listen)
    _, coloured = await asyncio.to_thread(on_a_terminal, *once)
    assert colour.search(coloured)
    for words in (once, ("audit", *listen), ("doctor", *listen)):
        _, output = await asyncio.to_thread(on_a_terminal, *words, NO_COLOR="1")
        assert not colour.search(output), output
    assert "\x1b" not in (await ended("board", listen=app.address))[1]


async def test_top_draws_in_place_and_gives_the_terminal_back(app: App, calls: Calls) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    for number in (signal.SIGINT, signal.SIGTERM):
        process, ours = at_a_terminal("top", "--interval", "0.1", "--listen", app.address)
        await asyncio.to_thread(until_seen, ours, "scout-001")
        answer = await calls.submit("scout-002", "puk_u1_l1")
        assert answer.total_xp
        before = await asyncio.to_thread(until_seen, ours, "scout-002")
        process.send_signal(number)
        after = await asyncio.to_thread(all_of, ours)

        assert await asyncio.to_thread(process.wait, 20) == 0
        assert before.count("\x1b[H") >= 1
        # The other screen is left, the cursor is there again, and nothing else is said.
        assert "\x1b[?1049l" in after
        assert "\x1b[?25h" in after
        assert "Traceback" not in after
        assert "Error" not in after
