"""The connection pool, and the limits every connection carries."""

import inspect
from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import AdaptedConnection, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


@dataclass(frozen=True, slots=True)
class Limits:
    """How long anything may take, in milliseconds: lock < statement < a call's deadline (5 s)."""

    lock_timeout_ms: int = 500
    statement_timeout_ms: int = 3_000
    # A process frozen between the ledger's append and its commit holds the ledger's lock for
    # everyone; PostgreSQL drops its connection after this.
    idle_in_transaction_timeout_ms: int = 2_000
    connect_timeout_ms: int = 3_000
    pool_size: int = 10
    pool_timeout_ms: int = 2_000


DEFAULT_LIMITS = Limits()

_OPTIONS: Final = {*inspect.signature(asyncpg.connect).parameters, "prepared_statement_cache_size"}
"""What may follow the `?` of a URL."""


def create_engine(url: str, limits: Limits = DEFAULT_LIMITS) -> AsyncEngine:
    """An engine for `postgresql://...`; connects on first use. Raises ValueError if malformed."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # Theirs would quote what it took for the port, which may be part of a password.
        raise ValueError("not a URL such as postgresql://user:password@host:5432/name") from None
    if address.drivername not in ("postgresql", "postgres"):
        raise ValueError(f"{address.drivername}:// is not postgresql://")
    # As libpq and hosted databases call it.
    if mode := address.query.get("sslmode"):
        address = address.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    if unknown := address.query.keys() - _OPTIONS:
        raise ValueError(f"it has the option {min(unknown)!r}, which is not known")
    server_settings = {
        "application_name": "laurels",
        "timezone": "UTC",
        "lock_timeout": str(limits.lock_timeout_ms),
        "statement_timeout": str(limits.statement_timeout_ms),
        "idle_in_transaction_session_timeout": str(limits.idle_in_transaction_timeout_ms),
        # Every statement here is short; compiling it costs more than running it.
        "jit": "off",
        # No statement here wants a whole table, and none shall that was planned when the table was
        # small, or had no statistics.
        "enable_seqscan": "off",
        # Every statement here is repeated: planning a small one anew costs more than running it.
        "plan_cache_mode": "force_generic_plan",
        # Today's disks, and memory above all: PostgreSQL's own 4 is for disks that turn, and has it
        # read whole tables where an index would do.
        "random_page_cost": "1.1",
    }
    engine = create_async_engine(
        address.set(drivername="postgresql+asyncpg"),
        isolation_level="READ COMMITTED",
        pool_size=limits.pool_size,
        max_overflow=0,
        pool_timeout=limits.pool_timeout_ms / 1000,
        connect_args={
            "timeout": limits.connect_timeout_ms / 1000,
            "server_settings": server_settings,
        },
    )
    # The pool does not see what goes wrong on the driver itself.
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: AdaptedConnection, *_: object) -> None:
    """Has the pool make a new connection for one that PostgreSQL has hung up on."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
