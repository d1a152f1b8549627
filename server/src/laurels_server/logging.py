"""Structured logs: one event a line, for people on a terminal and as JSON elsewhere."""

import contextlib
import logging
import secrets
import sys
from typing import Literal

import structlog

Format = Literal["auto", "console", "json"]

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
"""The logger of every module; events are snake_case names, facts are keyword arguments."""


class _Unfailing(structlog.WriteLogger):
    """Writes each line whole, since workers share a stream; lets go of what cannot be written: a
    full disk must not stop the work."""

    def msg(self, message: str) -> None:
        """Writes a line."""
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


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
    # Tracebacks without the values of variables: those may be passwords.
    if style == "json":
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        shared += [structlog.processors.ExceptionRenderer(frames)]
        shared += [structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        colors = sys.stderr.isatty()
        shared.append(structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain))
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: _Unfailing(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries speak through the standard logger; only what needs someone's attention gets out.
    logging.basicConfig(level=max(threshold, logging.WARNING), stream=sys.stderr, force=True)


def new_incident() -> str:
    """A short name that ties what a caller is told to the log line that has the details."""
    return secrets.token_hex(4)
