"""The speeds that Laurels guarantees on two cores, and whether they were reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from bench import markdown

AUDIT_PER_S = 50_000
REBUILD_PER_S = 100_000
MEMORY_MB = 300
"""Of either process, in millions of bytes."""

SUBMISSIONS_PER_S = 2_000
FRESH_P50_MS = 10
FRESH_P99_MS = 50


class Entry(TypedDict):
    """One number of results/*.json. `ratio` is this value over that of its yardstick, and `bar` is
    one for the ratio where that is what it limits."""

    name: str
    value: float
    unit: str
    ratio: float | None
    bar: float | None
    met: bool | None


@dataclass(frozen=True, slots=True)
class Line:
    """One measured number. Without a `bar` it is only told."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    more_is_better: bool = False
    yardstick: str = ""
    """What it is compared with, in words."""

    beside: float | None = None
    """The yardstick's value in this run, in the same unit."""

    typical_ratio: float | None = None
    """The median of the ratios within each round, where there were several."""

    limits_ratio: bool = False
    """Whether the bar is one for the ratio and not for the value."""

    @property
    def met(self) -> bool | None:
        """Whether it reaches the bar."""
        held = self.ratio if self.limits_ratio else self.value
        if self.bar is None or held is None:
            return None
        return held >= self.bar if self.more_is_better else held <= self.bar

    @property
    def ratio(self) -> float | None:
        """This value over the yardstick's."""
        if self.typical_ratio is not None:
            return self.typical_ratio
        return self.value / self.beside if self.beside else None


def table(lines: Sequence[Line]) -> str:
    """Every number with its bar and its yardstick."""
    rows = [["", "measured", "bar", "met", "beside it", "ratio"]]
    for line in lines:
        beside = "-" if line.beside is None else f"{_text(line.beside, line.unit)} {line.yardstick}"
        rows.append(
            [
                line.name,
                _text(line.value, line.unit),
                "-" if line.bar is None else _bar(line, line.bar),
                {None: "-", True: "yes", False: "**no**"}[line.met],
                beside,
                "-" if line.ratio is None else f"{line.ratio:.3f}x",
            ]
        )
    return markdown.table(rows)


def entries(lines: Sequence[Line]) -> list[Entry]:
    """What results/*.json hold of them."""
    return [
        Entry(
            name=line.name,
            value=round(line.value, 3),
            unit=line.unit,
            ratio=None if line.ratio is None else round(line.ratio, 3),
            bar=line.bar,
            met=line.met,
        )
        for line in lines
    ]


def _bar(line: Line, bar: float) -> str:
    text = f"{bar:.2f}x" if line.limits_ratio else _text(bar, line.unit)
    return f"{'>=' if line.more_is_better else '<='} {text}"


def _text(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}"
