"""The type of a connection that looks behind the server's back."""

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    Sql = asyncpg.Connection[asyncpg.Record]
else:
    Sql = asyncpg.Connection
