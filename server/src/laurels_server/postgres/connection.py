"""Runs the statements of `queries` on a connection of the pool.

Straight through asyncpg: SQLAlchemy keeps the pool, and would make each statement cost five times
the CPU (docs/adr/0013).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import asyncpg

from laurels_server.postgres.queries import Query

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""What asyncpg calls a connection."""


class Row(asyncpg.Record):
    """A row, whose columns are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Rows:
    """All that a statement answered."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> Sequence[Row]:
        """Every row."""
        return self._rows

    def one(self) -> Row:
        """The only row."""
        (row,) = self._rows
        return row

    def one_or_none(self) -> Row | None:
        """The only row; None where there is none."""
        return self.one() if self._rows else None

    def scalars(self) -> list[Any]:
        """The first column."""
        return [row[0] for row in self._rows]

    def scalar_one(self) -> Any:
        """The first column of the only row."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """The first column of the only row; None where there is none."""
        return self.scalar_one() if self._rows else None


class Connection:
    """What the functions of this package run on, as long as the pool lends it."""

    __slots__ = ("_driver",)

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def execute(self, query: Query, parameters: Mapping[str, object] | None = None) -> Rows:
        """Runs one statement, with a value for each of its parameters.

        It is prepared once for each connection. Raises the driver's errors.
        """
        values = [parameters[name] for name in query.parameters] if parameters else ()
        return Rows(await self._driver.fetch(query.sql, *values, record_class=Row))
