"""What an import has read, kept beside the tables it goes to, and how it gets there.

All on one connection: what was read lies in temporary tables, which end with it. So what was
checked is what is written, whatever becomes of the files, and an import that broke off leaves
nothing but whole chunks.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from laurels_server.domain.catalog import Catalog
from laurels_server.postgres.catalog import read_catalog
from laurels_server.postgres.connection import Connection, Driver, Row
from laurels_server.postgres.engine import Limits, create_engine
from laurels_server.postgres.failures import StoreFailure, translated
from laurels_server.postgres.probe import refused
from laurels_server.postgres.queries import query
from laurels_server.postgres.transaction import transaction

_CHUNK_ROWS: Final = 4_000
"""Learners and their levels in one transaction. Small, because everyone else's bookings wait while
it appends to the ledger."""

_LIMITS: Final = Limits(pool_size=1, statement_timeout_ms=10_000)

_FOR_THE_FILES: Final = (
    "SET statement_timeout = 0",
    # Whoever reads what is found may take their time.
    "SET idle_in_transaction_session_timeout = 0",
    "SET enable_seqscan = on",
    "SET plan_cache_mode = auto",
    "SET work_mem = '128MB'",
)
"""Until it writes, it works through whole tables, and holds no lock that others wait for."""

_FOR_THE_CHUNKS: Final = (
    "RESET ALL",
    # Each learner is looked up by itself, whatever the planner thinks of the tables.
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
)

USERS_COLUMNS: Final = ("line", "user_id", "total_xp", "display_name", "reached_at")
PROGRESS_COLUMNS: Final = (
    "line",
    "user_id",
    "level_id",
    "xp_paid",
    "completed_at",
    "best_score",
    "attempts",
    "time_spent_seconds",
)


@dataclass(frozen=True, slots=True)
class Told:
    """A line that was good by itself. `file` is users or progress; `level_id`, `paid` and
    `total_xp` are set where the kind is about them."""

    kind: str
    file: str
    line: int
    user_id: str
    level_id: str | None
    paid: int | None
    total_xp: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """A learner who is here with something else: `imported` otherwise, or with XP of their own."""

    user_id: str
    line: int
    total_xp: int
    present_xp: int
    imported: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is to write, `chunks` of it, and what not."""

    learners: int
    levels: int
    unchanged: int
    differing: int
    left_out: int
    chunks: Sequence[int]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a chunk."""

    learners: int
    levels: int
    unchanged: int
    known: Sequence[Known]


class Staging:
    """One import's connection. Its methods raise StoreFailure."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._connection = Connection(driver)

    async def schema_version(self) -> str | None:
        """The schema version the database has; None before the first migration."""
        with translated():
            if not (await self._connection.execute(query("schema_is_there"))).scalar_one():
                return None
            return (await self._connection.execute(query("schema_version"))).scalar_one_or_none()

    async def begin(self) -> tuple[Catalog, datetime]:
        """Makes room for the files; returns the catalog, and the time by the database's clock."""
        with translated():
            for statement in _FOR_THE_FILES:
                await self._driver.execute(statement)
            await self._driver.execute(query("import_tables").sql)
            now = (await self._connection.execute(query("import_now"))).scalar_one()
            return await read_catalog(self._connection), now

    async def take_users(self, lines: AsyncIterable[bytes]) -> None:
        """Keeps lines of the users file, in COPY's text format with USERS_COLUMNS."""
        await self._take("import_users", USERS_COLUMNS, lines)

    async def take_progress(self, lines: AsyncIterable[bytes]) -> None:
        """The same of the progress file, with PROGRESS_COLUMNS."""
        await self._take("import_progress", PROGRESS_COLUMNS, lines)

    async def _take(self, table: str, columns: Sequence[str], lines: AsyncIterable[bytes]) -> None:
        source = _Source(lines)
        try:
            with translated():
                await self._driver.copy_to_table(  # pyright: ignore[reportUnknownMemberType]
                    table, source=source.lines(), columns=columns, format="text"
                )
        except StoreFailure:
            if source.failure is not None:
                raise source.failure from None
            raise

    async def gather(self, *, with_users: bool) -> None:
        """Makes accounts of the lines. Without a users file, totals are what the levels paid."""
        with translated():
            await self._driver.execute("ANALYZE import_users; ANALYZE import_progress")
            await self._connection.execute(
                query("import_accounts"), {"with_users": with_users, "chunk_rows": _CHUNK_ROWS}
            )
            await self._driver.execute(query("import_states").sql)

    async def told(self) -> AsyncGenerator[Told]:
        """What is wrong between lines, by file and line."""
        async for row in self._stream("import_told"):
            yield Told(*row)

    async def known(self) -> AsyncGenerator[Known]:
        """Learners who are here with something else."""
        async for row in self._stream("import_known"):
            yield _known(row)

    async def _stream(self, name: str) -> AsyncGenerator[Any]:
        with translated():
            async with self._driver.transaction():
                async for row in self._driver.cursor(query(name).sql):
                    yield row

    async def counts(self) -> Counts:
        """What there is to do."""
        with translated():
            row = (await self._connection.execute(query("import_counts"))).one()
        return Counts(
            row.learners, row.levels, row.unchanged, row.differing, row.left_out, row.chunks or ()
        )

    async def begin_writing(self, counts: Counts) -> None:
        """Puts away who is here already; from here on the connection keeps to everyone's limits."""
        with translated():
            if counts.chunks and (counts.unchanged or counts.differing):
                await self._connection.execute(query("import_settle"))
            for statement in _FOR_THE_CHUNKS:
                await self._driver.execute(statement)

    async def write(self, chunk: int) -> Written:
        """Writes a chunk in one transaction, but for learners of it who are here by now.

        Raises Contended or Away when it certainly rolled back, CommitUnknown when nobody can tell.
        """
        which = {"chunk": chunk}
        async with transaction(self._driver):
            registered = await self._connection.execute(query("import_register"), which)
            if not registered.scalar_one():
                await self._connection.execute(query("import_lock"), which)
            row = (await self._connection.execute(query("import_chunk"), which)).one()
            if row.learner_keys:
                opened = {"learner_keys": row.learner_keys, "nths": row.nths}
                await self._connection.execute(query("import_levels"), opened)
                await self._connection.execute(query("import_open"), opened)
        return Written(
            len(row.learner_keys or ()),
            row.levels,
            row.unchanged,
            [_known(known) for known in row.differing or ()],
        )


class _Source:
    """Lines on their way to PostgreSQL, and what went wrong with them, which is no failure of
    PostgreSQL's: a pipe, say, that what is found is written to."""

    def __init__(self, lines: AsyncIterable[bytes]) -> None:
        self._lines = lines
        self.failure: Exception | None = None

    async def lines(self) -> AsyncGenerator[bytes]:
        """The same lines."""
        try:
            async for line in self._lines:
                yield line
        except Exception as failure:
            self.failure = failure
            raise


def _known(row: Row) -> Known:
    user_id, line, total_xp, present_xp, state = row
    return Known(user_id, line, total_xp, present_xp, state == "OTHERWISE")


@asynccontextmanager
async def staging(url: str) -> AsyncGenerator[Staging]:
    """A connection for one import. Raises ValueError for a malformed URL, Misconfigured or Away."""
    engine = create_engine(url, _LIMITS)
    try:
        with refused(), translated():
            pooled = await engine.connect()
        try:
            raw = await pooled.get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None, "just lent by the pool"
            yield Staging(driver)
        finally:
            await pooled.invalidate()
            await pooled.close()
    finally:
        await engine.dispose()
