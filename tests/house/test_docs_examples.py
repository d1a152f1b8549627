"""The programs of the documentation do what the documentation says, on a real server."""

import asyncio
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest

import laurels
from laurels_server.app import App
from tests.clients.fronts import Front, crowded
from tests.e2e.process import free_address
from tests.sql import Sql

DOCS = Path(__file__).parents[2] / "docs"
ADDRESS = "127.0.0.1:50051"


def blocks(page: str, language: str) -> list[str]:
    """The code of a language in a page of the documentation."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.M)


async def run(program: str, folder: Path) -> str:
    """What a program prints; it must end well, without a warning."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", program), cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await running.communicate()
    assert running.returncode == 0
    return output.decode()


@pytest.fixture
def worker() -> str:
    [program] = blocks("integrating.md", "python")
    assert ADDRESS in program
    return program


@pytest.fixture
def attempts(tmp_path: Path) -> Path:
    """The table of the page, with its attempts."""
    [statements] = blocks("integrating.md", "sql")
    path = tmp_path / "attempts.db"
    with closing(sqlite3.connect(path)) as table:
        table.executescript(statements)
    return path


async def test_the_first_program_prints_what_the_quickstart_says(app: App, tmp_path: Path) -> None:
    [program] = blocks("quickstart.md", "python")
    [printed] = blocks("quickstart.md", "text")
    assert ADDRESS in program
    assert await run(program.replace(ADDRESS, app.address), tmp_path) == printed


async def test_the_readmes_program_books_what_a_first_pass_is_worth(
    app: App, tmp_path: Path
) -> None:
    [program] = blocks("../README.md", "python")
    assert ADDRESS in program
    assert await run(program.replace(ADDRESS, app.address), tmp_path) == "15 15\n"


async def test_the_worker_counts_everything_once_also_when_it_noted_nothing(
    worker: str, attempts: Path, app: App, sql: Sql
) -> None:
    worker = worker.replace(ADDRESS, app.address)
    [printed] = blocks("integrating.md", "text")
    untouched = shutil.copy(attempts, attempts.with_suffix(".untouched"))
    assert await run(worker, attempts.parent) == printed
    assert await run(worker, attempts.parent) == "", "all is noted, nothing waits"

    # As if it had crashed before it noted anything.
    shutil.copy(untouched, attempts)
    assert await run(worker, attempts.parent) == printed
    booked = await sql.fetch(
        "SELECT user_id, total_xp, count(seq) AS entries FROM users JOIN xp_entries "
        "USING (learner_key) GROUP BY user_id, total_xp"
    )
    assert [tuple(row) for row in booked] == [("scout-001", 30, 2)]


def sends(worker: str, attempts: Path, address: str) -> tuple[bool, list[str | None]]:
    """What the worker's `send` answers, and what it noted."""
    names: dict[str, Any] = {"__name__": "worker"}
    exec(worker, names)
    send: Callable[[sqlite3.Connection, laurels.Client], bool] = names["send"]
    with closing(sqlite3.connect(attempts)) as table, laurels.connect(address) as client:
        went_on = send(table, client)
        noted = table.execute("SELECT outcome FROM attempts ORDER BY number").fetchall()
    return went_on, [outcome for (outcome,) in noted]


async def test_what_laurels_cannot_take_now_goes_on_waiting(
    worker: str, attempts: Path, app: App
) -> None:
    async with grpc.aio.insecure_channel(app.address) as onward:
        listener = grpc.aio.server(handlers=(Front(onward, crowded),))
        busy = f"127.0.0.1:{listener.add_insecure_port('127.0.0.1:0')}"
        await listener.start()
        for address in (busy, free_address()):
            answered = await asyncio.to_thread(sends, worker, attempts, address)
            assert answered == (False, [None, None, None])
        await listener.stop(None)
    assert await asyncio.to_thread(sends, worker, attempts, app.address) == (
        True,
        ["15 XP", "15 XP", "LEVEL_LOCKED"],
    )
