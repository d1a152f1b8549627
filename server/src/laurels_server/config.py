"""Every setting: its type, default, limits and meaning, in one place.

Each is read from the environment variable `LAURELS_<NAME>`, or from the flag of the same name.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "LAURELS_"

OFF = "off"
"""The word for an endpoint that is not wanted."""


class ConfigError(Exception):
    """A setting is missing or wrong; the message is one line that names it."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{PREFIX}{setting.upper()} {problem}")


def _with_a_number(url: str) -> str:
    """A URL of Redis that ends with the number of a database, or with none.

    Its client takes every other end for 0, which may be the database of somebody else.
    """
    place = urlsplit(url)
    if place.scheme != "unix" and not re.fullmatch(r"/?|/[0-9]{1,9}/?", place.path):
        raise ValueError
    return url


class Settings(BaseSettings):
    """The settings of a server. Immutable."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    listen: Annotated[
        str, Field(pattern=r"^.+:\d{1,5}$", description="Address and port to serve gRPC on.")
    ] = "127.0.0.1:50051"
    database_url: Annotated[
        str,
        Field(description="PostgreSQL 15 or newer, as postgresql://user:password@host:port/name."),
    ] = ""
    redis_url: Annotated[
        str,
        AfterValidator(_with_a_number),
        Field(description="Redis 7 or Valkey 8 or newer, as redis://host:port/number."),
    ] = ""
    data_dir: Annotated[
        Path, Field(description="Where `laurels dev` keeps its PostgreSQL and Valkey.")
    ] = Path(".laurels")
    redis_prefix: Annotated[
        str,
        Field(
            pattern=r"^[!-z]{1,64}$",
            description="Begins every key in Redis; one for each database that shares a Redis.",
        ),
    ] = "laurels"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(lambda word: str(word).upper()),
        Field(description="What is logged; DEBUG shows each award's totals before and after."),
    ] = "INFO"
    log_format: Annotated[
        Literal["auto", "console", "json"],
        Field(description="How it is logged; auto is console on a terminal, else json."),
    ] = "auto"
    workers: Annotated[
        int,
        Field(
            ge=1,
            le=64,
            description="Processes that serve together on one port. Each has lanes, waiting "
            "submissions and connections of its own.",
        ),
    ] = 1
    lanes: Annotated[
        int,
        Field(
            ge=1,
            le=64,
            description="Award transactions under way at once. One makes the largest batches; "
            "more serve where PostgreSQL has cores to spare.",
        ),
    ] = 1
    batch_most: Annotated[
        int, Field(ge=1, le=1000, description="Submissions in one award transaction at most.")
    ] = 256
    waiting_most: Annotated[
        int,
        Field(
            ge=1,
            le=1_000_000,
            description="Submissions under way at most; more are answered RESOURCE_EXHAUSTED.",
        ),
    ] = 10_000
    pool_size: Annotated[
        int,
        Field(
            ge=4,
            le=1000,
            description="Connections of a worker to PostgreSQL at most; a third of them are for "
            "reads alone.",
        ),
    ] = 12
    redis_timeout_ms: Annotated[
        int,
        Field(ge=10, le=5000, description="How long Redis may take before PostgreSQL answers."),
    ] = 100
    page_staleness_ms: Annotated[
        int,
        Field(
            ge=0,
            le=500,
            description="How long a page of a board may be shown again, with its as_of, after "
            "Redis was asked for it; 0 is not at all.",
        ),
    ] = 50
    verify_per_s: Annotated[
        int,
        Field(
            ge=0,
            le=10_000,
            description="Learners that are audited each second while serving; 0 is none.",
        ),
    ] = 200
    startup_timeout_s: Annotated[
        float, Field(ge=0, le=600, description="How long to wait for PostgreSQL at start.")
    ] = 15.0
    drain_timeout_s: Annotated[
        float, Field(ge=0, le=600, description="How long calls under way may take at shutdown.")
    ] = 10.0
    reflection: Annotated[bool, Field(description="Serve gRPC reflection, which grpcurl uses.")] = (
        True
    )
    metrics_listen: Annotated[
        str,
        Field(
            pattern=rf"^({OFF}|.+:\d{{1,5}})$",
            description="Address and port to serve metrics on, over HTTP for Prometheus, or off. "
            "Where the default is taken, the server does without them.",
        ),
    ] = "127.0.0.1:9464"


_FORMS = {
    "listen": "must be ADDRESS:PORT",
    "metrics_listen": "must be ADDRESS:PORT or off",
    "redis_url": "must end with the number of a database, as redis://host:6379/0 does; a slash in "
    "a password is written %2F",
    "redis_prefix": "must be 1-64 printable ASCII characters without spaces and braces",
}
"""What settings with a form of their own must look like."""

_SECRET = {"database_url", "redis_url"}
"""What may hold a password, and is not repeated to anybody."""


def load(**overrides: Any) -> Settings:
    """Settings from the environment, with flags over them; raises ConfigError."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        setting = str(first["loc"][0])
        wrong = _FORMS.get(setting) or first["msg"]
        got = "" if setting in _SECRET else f", got {first['input']!r}"
        raise ConfigError(setting, f"is wrong: {wrong}{got}") from None
