"""The client, its limits, and the one error that its callers see."""

from collections.abc import Generator
from contextlib import contextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError


class ProjectionAway(Exception):
    """Redis cannot answer from a whole projection now: unreachable, loading, empty or damaged."""


class ProjectionDamaged(ProjectionAway):
    """Redis answers, but what stands there is not what we wrote: only building anew helps."""


class ProjectionRefused(ProjectionAway):
    """Redis turned our credentials down."""


def connect(url: str, *, timeout_ms: int, connections: int) -> Redis:
    """A client for `redis://...`; connects on first use. Raises ValueError if malformed.

    Nothing is retried inside: PostgreSQL answers sooner than a second try. Calls wait their turn
    for one of `connections`, not longer than for an answer.
    """
    try:
        pool = _pool(url, timeout_ms / 1000, connections)
        # Options of the URL are only looked at here.
        pool.make_connection()
    except (TypeError, ValueError):
        # Theirs would quote what it took for the port, which may be part of a password.
        raise ValueError("not a URL such as redis://:password@host:6379/0") from None
    return Redis.from_pool(pool)


def _pool(url: str, timeout_s: float, connections: int) -> BlockingConnectionPool:
    # redis-py leaves the type of its keyword arguments open.
    return BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        max_connections=connections,
        timeout=timeout_s,
        decode_responses=True,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        client_name="laurels",
    )


@contextmanager
def translated() -> Generator[None]:
    """Turns every failure of Redis, and answers that nobody of ours wrote, into ProjectionAway."""
    try:
        yield
    except AuthenticationError as error:
        raise ProjectionRefused(str(error)) from error
    except UnicodeDecodeError as error:
        raise ProjectionDamaged(f"the board holds what is not ours: {error}") from None
    except ResponseError as error:
        if "WRONGTYPE" in str(error) or "not a valid float" in str(error):
            raise ProjectionDamaged(str(error)) from error
        raise ProjectionAway(str(error)) from error
    except (RedisError, OSError, TimeoutError) as error:
        raise ProjectionAway(str(error) or type(error).__name__) from error
    except RuntimeError as error:
        # How uvloop says that nothing more can be sent on a connection.
        if "handler is closed" not in str(error):
            raise
        raise ProjectionAway(str(error)) from error
