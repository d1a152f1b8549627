"""Structured logs: one event a line, for people on a terminal and as JSON elsewhere."""

import logging
import secrets
import sys
from typing import Literal

import structlog

Format = Literal["auto", "console", "json"]

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
"""The logger of every module; events are snake_case names, facts are keyword arguments."""


def configure(level: str, style: Format) -> None:
    """Sets what is written to stderr. `auto` is console on a terminal, else json."""
    if style == "auto":
        style = "console" if sys.stderr.isatty() else "json"
    threshold = logging.getLevelNamesMapping()[level]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if style == "json":
        shared += [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    else:
        shared.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries speak through the standard logger; only what needs someone's attention gets out.
    logging.basicConfig(level=max(threshold, logging.WARNING), stream=sys.stderr, force=True)


def new_incident() -> str:
    """A short name that ties what a caller is told to the log line that has the details."""
    return secrets.token_hex(4)
