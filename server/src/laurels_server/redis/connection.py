"""The client, its limits, and the one error that its callers see."""

from collections.abc import Generator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError


class ProjectionAway(Exception):
    """Redis cannot answer from a whole projection now: unreachable, loading, empty or damaged."""


class ProjectionRefused(ProjectionAway):
    """Redis turned our credentials down."""


def connect(url: str, *, timeout_ms: int = 100) -> Redis:
    """A client for `redis://...`; connects on first use. Raises ValueError if malformed.

    Nothing is retried inside: PostgreSQL answers sooner than a second try.
    """
    try:
        client = _client(url, timeout_ms)
        # Options of the URL are only looked at here.
        client.connection_pool.make_connection()
    except (TypeError, ValueError):
        # Theirs would quote what it took for the port, which may be part of a password.
        raise ValueError("not a URL such as redis://:password@host:6379/0") from None
    return client


def _client(url: str, timeout_ms: int) -> Redis:
    # redis-py leaves the type of its keyword arguments open.
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        decode_responses=True,
        socket_timeout=timeout_ms / 1000,
        socket_connect_timeout=timeout_ms / 1000,
        retry=Retry(NoBackoff(), 0),
        client_name="laurels",
    )


@contextmanager
def translated() -> Generator[None]:
    """Turns every failure of Redis into ProjectionAway."""
    try:
        yield
    except AuthenticationError as error:
        raise ProjectionRefused(str(error)) from error
    except (RedisError, OSError, TimeoutError) as error:
        raise ProjectionAway(str(error) or type(error).__name__) from error
