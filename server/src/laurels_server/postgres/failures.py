"""What can go wrong with PostgreSQL, as types that say what is known about the transaction."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_LOCK_NOT_AVAILABLE: Final = "55P03"
_DEADLOCK_DETECTED: Final = "40P01"
_SERIALIZATION_FAILURE: Final = "40001"

_AWAY: Final = ("08", "53", "57", "58", "25006", "25P03", "25P04", "28", "3D000", "42501", "55000")
"""Connection lost, out of resources (disk, memory, connections), operator intervention (shutdown,
cancelled, still starting), system error; a standby that takes no writes; transactions ended for
idling or lasting too long; credentials, a database or rights that are no longer there; and a
database that takes no connections."""


class StoreFailure(Exception):
    """PostgreSQL could not do it. `sqlstate` is empty where it did not say why."""

    def __init__(self, message: str, sqlstate: str = "") -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class Contended(StoreFailure):
    """Rolled back: someone else held a lock for too long, or the two would have deadlocked."""


class Away(StoreFailure):
    """PostgreSQL is unreachable, going down, or out of a resource. Nothing was committed."""


class Busy(StoreFailure):
    """Every connection was in use for too long. Nothing began."""


class CommitUnknown(StoreFailure):
    """COMMIT was sent and no answer came: it may or may not have happened."""


def _sqlstate(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""


@contextmanager
def translated() -> Generator[None]:
    """Turns the drivers' errors into the types above; lets defects of ours through as they are."""
    try:
        yield
    except PoolTimeoutError as error:
        raise Busy("all connections to PostgreSQL are in use") from error
    except (OSError, TimeoutError) as error:
        raise Away(str(error) or type(error).__name__) from error
    except DBAPIError as error:
        # From a migration: all else goes straight to the driver.
        cause = error.orig if error.orig is not None else error
        if error.connection_invalidated or isinstance(error, InterfaceError):
            raise Away(str(cause)) from error
        _raise_by_state(_sqlstate(cause), cause)
        raise
    except asyncpg.DataError:
        # A value that does not fit its parameter: a defect of ours, though it is an InterfaceError.
        raise
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        # The connection died, while it was made or since; the second where it had just begun to.
        raise Away(str(error)) from error
    except asyncpg.PostgresError as error:
        _raise_by_state(_sqlstate(error), error)
        raise


def _raise_by_state(state: str, cause: BaseException) -> None:
    if state in (_LOCK_NOT_AVAILABLE, _DEADLOCK_DETECTED, _SERIALIZATION_FAILURE):
        raise Contended(str(cause), state) from cause
    if state.startswith(_AWAY):
        raise Away(str(cause), state) from cause
