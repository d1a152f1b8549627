"""What the tests of this folder ask of servers and processes."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import asyncpg
import psutil
import redis

from laurels_server.embedded.servers import EmbeddedServers


def query(url: str, statement: str) -> list[str]:
    """The first column of the answer, as text."""
    return asyncio.run(_query(url, statement))


async def _query(url: str, statement: str) -> list[str]:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return [str(row[0]) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def is_alive(process: psutil.Process) -> bool:
    # An orphan that has ended is a zombie until pid 1 reaps it, which may never be.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command(url: str, *words: str) -> object:
    """What Valkey answers within a second."""
    # redis-py leaves these two half typed.
    with redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url, decode_responses=True, socket_timeout=1.0, retry=None
    ) as client:
        send = cast(Callable[..., object], client.execute_command)  # pyright: ignore[reportUnknownMemberType]
        return send(*words)


def remember(database_url: str, redis_url: str, word: str) -> None:
    query(database_url, f"CREATE TABLE words AS SELECT '{word}' AS word")
    command(redis_url, "SET", "word", word)


def recall(servers: EmbeddedServers) -> tuple[list[str], object]:
    rows = query(servers.database_url, "SELECT word FROM words")
    return rows, command(servers.redis_url, "GET", "word")


HOLDER = """
import sys, time
from pathlib import Path
import psutil
from laurels_server.embedded.servers import embedded_servers
with embedded_servers(Path(sys.argv[1])) as servers:
    try:
        print(servers.postgres.pid, servers.valkey.pid, servers.database_url, servers.redis_url)
        sys.stdout.flush()
        time.sleep(60)
    finally:
        time.sleep(0.3)  # a server that heard Ctrl-C itself would be gone by then
        for server in (servers.postgres, servers.valkey):
            print(psutil.Process(server.pid).status())
"""


@contextmanager
def holder(folder: Path) -> Generator[tuple[subprocess.Popen[str], list[str]]]:
    """Another process that holds the servers, with what it printed about them."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as a terminal does: Ctrl-C goes to its whole group
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()
    finally:
        process.kill()
        process.communicate()
