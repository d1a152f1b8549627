"""Changes the catalog, and tells about it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from laurels_server.domain.catalog import Catalog, Level, check_prerequisites
from laurels_server.postgres import catalog as store
from laurels_server.postgres.database import Connection, Database
from laurels_server.usecases.transactions import committed, found

Change = Callable[[Level | None], Level]
"""Makes a level from what it was, None when it is new."""


class Levels:
    """The catalog, for those who keep it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def upsert(
        self, changes: Sequence[tuple[str, Change]], *, validate_only: bool
    ) -> tuple[list[Level], int]:
        """All of the changes or none, each level_id once; the levels and the catalog's version.

        Raises PrerequisiteNotFound or PrerequisiteCycle.
        """

        async def work(connection: Connection) -> tuple[list[Level], int]:
            before = await store.lock_catalog(connection)
            changed = [change(before.levels.get(level_id)) for level_id, change in changes]
            after = {**before.levels, **{level.level_id: level for level in changed}}
            check_prerequisites(after, changed)
            new = [level for level in changed if before.levels.get(level.level_id) != level]
            if validate_only or not new:
                return changed, before.version
            return changed, await store.write_levels(connection, new)

        return await committed(self._database, work)

    async def retire(self, level_id: str) -> Level:
        """Closes a level for good, or until it is upserted otherwise; raises LevelNotFound."""

        async def work(connection: Connection) -> Level:
            before = (await store.lock_catalog(connection)).level(level_id)
            retired = replace(before, retired=True)
            if retired != before:
                await store.write_levels(connection, [retired])
            return retired

        return await committed(self._database, work)

    async def get(self, level_id: str) -> Level:
        """One level, retired or not; raises LevelNotFound."""
        return (await self.read()).level(level_id)

    async def read(self) -> Catalog:
        """The whole catalog."""
        return await found(self._database, store.read_catalog)


def in_order(catalog: Catalog) -> list[Level]:
    """The levels as they are listed: by position, then level_id."""
    return sorted(catalog.levels.values(), key=lambda level: (level.position, level.level_id))
