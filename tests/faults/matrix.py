"""The fault matrix: what each fault made callers see, what was lost, and how soon all was well.

A test of a fault records one row. `make test` prints the rows of its short runs; `make faults` runs
them long, and fails unless every fault has its row.
"""

import os
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

FULL: Final = os.environ.get("FAULTS") == "full"
"""Whether this is `make faults`: longer loads and more rounds."""


class Fault(StrEnum):
    """Every fault there must be a row of, in the order of the table."""

    KILL_BEFORE_COMMIT = "kill -9 a server before COMMIT"
    KILL_AFTER_COMMIT = "kill -9 a server after COMMIT"
    KILL_POSTGRES = "kill -9 PostgreSQL"
    STOP_POSTGRES = "freeze PostgreSQL"
    STOP_IN_TRANSACTION = "freeze a server inside its transaction"
    TERMINATE_BACKENDS = "terminate backends, pool of 2"
    REPLY_LOST = "lose the reply to COMMIT"
    STOP_REDIS = "freeze Redis"
    CUT_REDIS = "cut Redis off"
    FLUSHALL = "FLUSHALL"
    REDIS_EMPTY = "restart Redis empty"
    STALE_REPLICA = "promote a stale Redis replica"
    POSTGRES_SET_BACK = "restore PostgreSQL to the past"
    DISK_FULL = "fill PostgreSQL's disk"
    CONNECTIONS_BUSY = "all connections busy"
    DEADLOCK = "deadlock with a foreign transaction"
    CANCELS = "cancels, hang-ups, slow readers"
    RELAYS = "competing, repeated, delayed relays"
    ROLLING_RESTART = "rolling restart under load"
    CLOCK = "the clock jumps an hour"


@dataclass(slots=True)
class Row:
    """What one fault did. Counts are of calls; times are in seconds."""

    fault: Fault
    saw: Counter[str] = field(default_factory=Counter[str])
    acknowledged: int = 0
    lost: int = 0
    recovered_s: float | None = None
    bound_s: float | None = None
    note: str = ""
    failed: bool = False

    def recovered(self, seconds: float, *, within_s: float | None = None) -> None:
        """How long it took until all was well again, and how long it may take at most."""
        assert within_s is None or seconds <= within_s, f"{seconds:.3f} s, not within {within_s:g}"
        if self.recovered_s is None or seconds > self.recovered_s:
            self.recovered_s, self.bound_s = seconds, within_s


_rows: dict[Fault, Row] = {}


@contextmanager
def breaking(fault: Fault) -> Generator[Row]:
    """Records a fault's row; one that several tests share keeps the longest recovery."""
    row = _rows.setdefault(fault, Row(fault))
    try:
        yield row
    except BaseException:
        row.failed = True
        raise


def missing() -> list[Fault]:
    """Faults without a row, or whose test failed."""
    return [fault for fault in Fault if fault not in _rows or _rows[fault].failed]


def table() -> list[str]:
    """The rows so far, as lines; nothing when there is none."""
    if not _rows:
        return []
    cells = [("fault", "what callers saw", "lost", "recovered after")]
    cells += [_cells(_rows[fault]) for fault in Fault if fault in _rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _cells(row: Row) -> tuple[str, str, str, str]:
    saw = ", ".join(f"{count} {what}" for what, count in row.saw.most_common(4)) or "nothing"
    lost = f"{row.lost} of {row.acknowledged}" if row.lost else "nothing"
    after = "-"
    if row.recovered_s is not None:
        after = f"{row.recovered_s * 1000:.0f} ms"
        if row.bound_s is not None:
            after += f" (at most {row.bound_s * 1000:.0f})"
    if row.note:
        after += f"; {row.note}"
    return row.fault.value, saw, "FAILED" if row.failed else lost, after
