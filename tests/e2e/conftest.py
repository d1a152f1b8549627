"""A data folder for `laurels dev`, and the promise that nothing works in it afterwards."""

import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import asyncpg
import psutil
import pytest

from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers
from tests.calls import Calls
from tests.e2e.imports import Imports
from tests.sql import Sql


@pytest.fixture
def data_dir() -> Generator[Path]:
    """A folder that does not exist yet, below one that any account can reach."""
    parent = Path(tempfile.mkdtemp(prefix="laurels-e2e-")).resolve()
    # PostgreSQL's account must get in, or its cluster would live in /var/lib/laurels.
    parent.chmod(0o755)
    yield parent / "data"
    left = working_below(parent)
    for process in left:
        process.kill()
    shutil.rmtree(parent)
    assert not left, f"still running after the test: {left}"


def working_below(folder: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if folder in Path(process.cwd()).parents:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
async def empty_database_url(servers: EmbeddedServers) -> AsyncGenerator[str]:
    """A database without our schema."""
    administrator = await asyncpg.connect(servers.postgres.url("postgres"))
    await administrator.execute("CREATE DATABASE empty TEMPLATE template0")
    yield servers.postgres.url("empty")
    await administrator.execute("DROP DATABASE empty WITH (FORCE)")
    await administrator.close()


@pytest.fixture
async def imports(tmp_path: Path, settings: Settings, calls: Calls, sql: Sql) -> Imports:
    """`laurels import` beside a running server with the sample levels and learners."""
    return Imports(tmp_path, settings.database_url, calls, sql)
