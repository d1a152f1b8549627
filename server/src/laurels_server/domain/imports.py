"""What the lines of an import must say, and what is told of those that do not.

A line is good or bad by itself here; what holds between lines, and between them and what is there
already, PostgreSQL tells (`import_accounts.sql`, `import_states.sql`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from laurels_server.domain.catalog import Level
from laurels_server.domain.text import CONTROL, IDENTIFIER, IDENTIFIER_IN_WORDS, NAME_MOST
from laurels_server.domain.xp import XP_MAX


class ImportFindingKind(StrEnum):
    """Why something was not imported."""

    BAD_HEADER = "BAD_HEADER"
    """The first line does not name the columns: nothing of the file can be read."""
    BAD_LINE = "BAD_LINE"
    """The line as a whole cannot be read."""
    BAD_VALUE = "BAD_VALUE"
    """A value is missing, or outside its limits."""
    LEARNER_UNREADABLE = "LEARNER_UNREADABLE"
    """A bad line does not say whose level it is, or what follows may be text in its quotes: nobody
    is imported."""
    UNKNOWN_LEVEL = "UNKNOWN_LEVEL"
    """The level is not in the catalog."""
    UNKNOWN_LEARNER = "UNKNOWN_LEARNER"
    """The learner of a level is not in the users file."""
    DUPLICATE = "DUPLICATE"
    """An earlier line is about the same learner, or the same learner and level."""
    LEVELS_EXCEED_TOTAL = "LEVELS_EXCEED_TOTAL"
    """The learner's levels paid more than the learner has."""
    LEARNER_EXISTS = "LEARNER_EXISTS"
    """The learner is here already, with something else; left alone."""


@dataclass(frozen=True, slots=True)
class ImportFinding:
    """One thing that was not imported. `line` is 1 for the first line of `file`; `user_id` and
    `field` are empty where it is about none."""

    kind: ImportFindingKind
    file: str
    line: int
    user_id: str
    field: str
    message: str


class BadLine(Exception):
    """Why a line is not imported."""

    def __init__(self, kind: ImportFindingKind, field: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file. Of names joined by a bar, a file has one."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    def names(self) -> tuple[str, ...]:
        """All of them, in the order in which values are handed on."""
        return self.required + self.optional


USERS: Final = Columns(("user_id", "total_xp"), ("display_name", "reached_at"))
PROGRESS: Final = Columns(
    ("user_id", "level_id", "xp_paid", "completed_at"),
    ("best_score|score", "attempts", "time_spent_seconds"),
)

_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d(?::?[0-5]\d)?)", re.ASCII
)
_INT32_MAX: Final = 2**31 - 1
_ATTEMPTS_MOST: Final = 10**9
_SECONDS_MOST: Final = 10**12
"""Both grow with each attempt, and must not come to the end of their columns."""
_OFFSET_MOST: Final = timedelta(hours=15, minutes=59)
"""PostgreSQL's; clocks on Earth are within 14 hours."""
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN_MOST: Final = 40


def placed(columns: Columns, header: Sequence[str]) -> list[int]:
    """Where in a line to look for each of the columns; -1 for one that the file does not have.

    Raises BadLine.
    """
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise _bad_header(f"the column {shown(twice)} is there twice")
    places: list[int] = []
    for names in columns.names():
        place = next((header.index(name) for name in names.split("|") if name in header), -1)
        if place < 0 and names in columns.required:
            there = ", ".join(shown(name) for name in header[:10])
            raise _bad_header(f"there is no column {names!r}, only {there}")
        places.append(place)
    return places


def user_id_of(text: str) -> str | None:
    """A learner's id where the text can be one."""
    return text if IDENTIFIER.fullmatch(text) else None


class UserLine(NamedTuple):
    """A learner as they come. `reached_at` is in UTC, None where nothing is written."""

    user_id: str
    total_xp: int
    display_name: str
    reached_at: str | None


class ProgressLine(NamedTuple):
    """A level that a learner attempted. `completed_at` is in UTC, None where they did not."""

    user_id: str
    level_id: str
    xp_paid: int
    completed_at: str | None
    best_score: int
    attempts: int
    time_spent_seconds: int


def user_line(values: Sequence[str], latest: datetime) -> UserLine:
    """A line of the users file, from its values in the order of USERS; times end at `latest`.

    Raises BadLine.
    """
    user_id, total_xp, display_name, reached_at = values
    if not IDENTIFIER.fullmatch(user_id):
        raise _bad_id("user_id", user_id)
    if len(display_name) > NAME_MOST:
        raise _bad_value("display_name", f"must be at most {NAME_MOST} characters")
    if CONTROL.search(display_name):
        raise _bad_value("display_name", "must not hold control characters")
    total = _number("total_xp", total_xp, 0, XP_MAX)
    return UserLine(user_id, total, display_name, _time("reached_at", reached_at, latest))


def progress_line(
    values: Sequence[str], levels: Mapping[str, Level], latest: datetime
) -> ProgressLine:
    """A line of the progress file, from its values in the order of PROGRESS; raises BadLine."""
    user_id, level_id, xp_paid, completed_at, best_score, attempts, seconds = values
    if not IDENTIFIER.fullmatch(user_id):
        raise _bad_id("user_id", user_id)
    if level_id not in levels:
        raise BadLine(
            ImportFindingKind.UNKNOWN_LEVEL,
            "level_id",
            f"{shown(level_id)} is not in the catalog",
        )
    paid = _number("xp_paid", xp_paid, 0, XP_MAX)
    completed = _time("completed_at", completed_at, latest)
    if paid and completed is None:
        raise _bad_value("completed_at", f"is required, for the level paid {paid} XP")
    return ProgressLine(
        user_id,
        level_id,
        paid,
        completed,
        _score(best_score, levels[level_id]),
        _number("attempts", attempts, 1, _ATTEMPTS_MOST) if attempts else 1,
        _number("time_spent_seconds", seconds, 0, _SECONDS_MOST) if seconds else 0,
    )


def _score(text: str, level: Level) -> int:
    """What an attempt at the level may bring, as SubmitProgress has it."""
    score = _number("best_score", text, 0, _INT32_MAX) if text else 0
    if level.max_score and score > level.max_score:
        raise _bad_value(
            "best_score", f"must be at most {level.max_score}, the level's max_score, not {score}"
        )
    return score


def _number(field: str, text: str, low: int, high: int) -> int:
    # What int() takes beyond this ("1_000", other scripts' digits) would be a surprise here.
    if text.isascii() and text.isdigit() and len(text) < 20:
        number = int(text)
        if low <= number <= high:
            return number
    raise _bad_value(field, f"must be a whole number {low}-{high}, not {shown(text)}")


def _time(field: str, text: str, latest: datetime) -> str | None:
    """A time in UTC, as PostgreSQL reads it."""
    if not text:
        return None
    if not _TIME.fullmatch(text):
        raise _bad_value(
            field, f"must be a time with a zone like 2026-01-25T09:30:00Z, not {shown(text)}"
        )
    try:
        time = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise _bad_value(field, f"is no time: {shown(text)} ({error})") from None
    try:
        too_early, too_late = time < _EARLIEST, time > latest
    except OverflowError:
        too_early, too_late = time.year < _EARLIEST.year, time.year > latest.year
    if too_early or too_late:
        raise _bad_value(
            field, f"is {'in the future' if too_late else 'before 1970'}: {shown(text)}"
        )
    if abs(time.utcoffset() or timedelta()) > _OFFSET_MOST:
        raise _bad_value(field, f"is further from UTC than 15:59 hours: {shown(text)}")
    return time.astimezone(UTC).isoformat()


def shown(text: str) -> str:
    """What somebody wrote, fit for a terminal."""
    return ascii(text if len(text) <= _SHOWN_MOST else text[:_SHOWN_MOST] + "...")


def _bad_id(field: str, text: str) -> BadLine:
    words = f"{IDENTIFIER_IN_WORDS}, not {shown(text)}"
    return _bad_value(field, words if text else "is required")


def _bad_value(field: str, message: str) -> BadLine:
    return BadLine(ImportFindingKind.BAD_VALUE, field, message)


def _bad_header(message: str) -> BadLine:
    return BadLine(ImportFindingKind.BAD_HEADER, "", message)
