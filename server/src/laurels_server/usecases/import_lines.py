"""Turns a file of an import into what PostgreSQL's COPY takes, line by line."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from laurels_server.domain.catalog import Level
from laurels_server.domain.imports import (
    BadLine,
    ImportFinding,
    progress_line,
    user_line,
)
from laurels_server.usecases.import_files import ImportFile

_LINES_AT_ONCE: Final = 2_000
"""Handed to PostgreSQL together."""

_NULL: Final = "\\N"

Row = Callable[[Sequence[str]], str]
"""A line's values as they are copied; raises BadLine."""


def users_row(latest: datetime) -> Row:
    """Rows of the users file, whose times end at `latest`."""

    def row(values: Sequence[str]) -> str:
        user = user_line(values, latest)
        return (
            f"{_copied(user.user_id)}\t{user.total_xp}\t{_copied(user.display_name)}"
            f"\t{user.reached_at or _NULL}\n"
        )

    return row


def progress_row(levels: Mapping[str, Level], latest: datetime) -> Row:
    """Rows of the progress file."""

    def row(values: Sequence[str]) -> str:
        level = progress_line(values, levels, latest)
        return (
            f"{_copied(level.user_id)}\t{_copied(level.level_id)}\t{level.xp_paid}"
            f"\t{level.completed_at or _NULL}\t{level.best_score}\t{level.attempts}"
            f"\t{level.time_spent_seconds}\n"
        )

    return row


async def copied(
    file: ImportFile,
    lines: Iterable[tuple[int, bytes | None]],
    row: Row,
    find: Callable[[ImportFinding], None],
    on_batch: Callable[[], None],
) -> AsyncGenerator[bytes]:
    """A file's good lines, each with its number; what is bad is told to `find`.

    Of a bad line that says whose it is, nothing but that is copied, so that the learner is left
    out. Raises Unreadable.
    """
    nothing = f"\t{_NULL}" * (len(file.columns.names()) - 1) + "\n"
    rows: list[str] = []
    for number, line in lines:
        try:
            rows.append(f"{number}\t{row(file.values(line))}")
        except BadLine as bad:
            user_id = file.user_id(line)
            find(finding(file, number, bad, user_id or ""))
            if user_id:
                rows.append(f"{number}\t{_copied(user_id)}{nothing}")
        if len(rows) >= _LINES_AT_ONCE:
            yield "".join(rows).encode()
            rows.clear()
            on_batch()
    yield "".join(rows).encode()
    on_batch()


def finding(file: ImportFile, line: int, bad: BadLine, user_id: str = "") -> ImportFinding:
    """What is told of a bad line."""
    return ImportFinding(bad.kind, file.name, line, user_id, bad.field, bad.message)


def _copied(text: str) -> str:
    """A text without control characters, as COPY reads it."""
    return text.replace("\\", "\\\\") if "\\" in text else text
