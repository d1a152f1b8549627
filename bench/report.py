"""Turns results into the table, the section of README.md, and results/latest.json."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from bench import workload
from bench.load import Measured
from bench.rounds import Plan, Results, Row
from bench.targets import AUDITED, ECHO, QUIET

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where numbers are kept: between two markers of README.md, and in a file of results/."""

    begin: str
    end: str
    file: str

    def put_into(self, readme: str, text: str) -> str:
        """The README with the part between the markers replaced."""
        before, _, rest = readme.partition(self.begin)
        _, found, after = rest.partition(self.end)
        if not found:
            raise ValueError(f"README.md lacks {self.begin} or {self.end}")
        return f"{before}{self.begin}\n\n{text}\n\n{self.end}{after}"


COMPARED = Place(
    "<!-- measured: begin (written by `make bench`) -->", "<!-- measured: end -->", "latest.json"
)
GUARANTEED = Place(
    "<!-- guarantee: begin (written by `make bench-guarantee`) -->",
    "<!-- guarantee: end -->",
    "guarantee.json",
)


class Entry(TypedDict):
    """One number of results/latest.json. `ratio` is Laurels' value over this one."""

    name: str
    value: float
    unit: str
    ratio: float | None


def _per_second(measured: Measured) -> float:
    return measured.per_second


def _p50_ms(measured: Measured) -> float:
    return measured.p50_ms


def _p99_ms(measured: Measured) -> float:
    return measured.p99_ms


_FIGURES: Sequence[tuple[str, str, Callable[[Measured], float]]] = (
    ("throughput", "/s", _per_second),
    ("p50", "ms", _p50_ms),
    ("p99", "ms", _p99_ms),
)


def title(row: Row) -> str:
    """The row in words."""
    words = row.rpc
    if row.rpc == "BatchSubmitProgress":
        words += f" of {workload.BATCH_ITEMS}"
    words += ", 1 caller" if row.callers == 1 else f", {row.callers} callers"
    return words + (", log level WARNING" if row.ours == QUIET else "")


def table(results: Results) -> str:
    """Throughput with latencies, and the ratios."""
    lines = [["", "Laurels", ECHO, AUDITED, "to echo", "to audited"]]
    for row in results.rows:
        cells = [title(row)]
        cells += [_cell(results, row, name) for name in (row.ours, ECHO, AUDITED)]
        cells += [_ratio(results, row, name) for name in (ECHO, AUDITED)]
        lines.append(cells)
    return markdown(lines)


def cpu_table(results: Results) -> str:
    """CPU time of each process for one submission or page, under the most telling loads."""
    busiest: dict[str, Row] = {}
    for row in results.rows:
        if row.ours != QUIET and row.callers <= 64:
            busiest[row.rpc] = row
    spenders = ("server", "PostgreSQL", "Valkey", "load generator")
    lines = [["CPU µs for each submission or page", *spenders]]
    for row in busiest.values():
        for name in (row.ours, *row.others):
            spent = [
                results.typical(row, name, lambda one, who=who: one.cpu_s_per_item[who])
                for who in spenders
            ]
            lines.append([f"{title(row)}: {name}", *(f"{s * 1e6:,.0f}" for s in spent)])
    return markdown(lines)


def sources(results: Results) -> str:
    """Who answered Laurels' pages."""
    pages: dict[str, int] = {}
    for row, by_name in results.rows.items():
        for measured in by_name[row.ours]:
            for source, number in measured.pages.items():
                pages[source] = pages.get(source, 0) + number
    answered = " and ".join(
        f"{number:,} pages from {source.removeprefix('LEADERBOARD_SOURCE_')}"
        for source, number in sorted(pages.items(), key=lambda item: -item[1])
    )
    return f"Laurels answered {answered}."


def section(results: Results, plan: Plan, facts: Sequence[Fact], command: str) -> str:
    """What README.md shows between its markers."""
    how = (
        f"`{command}`: medians of {plan.rounds} rounds of {plan.measured_s:g} s after "
        f"{plan.warm_up_s:g} s of warm-up; {plan.learners:,} learners. Items a second, then "
        "p50 / p99 of a call; ratios are medians of the ratios within a round."
    )
    about = about_machine(facts, results.elsewhere())
    return "\n\n".join((how, table(results), sources(results), cpu_table(results), about))


def about_machine(facts: Sequence[Fact], elsewhere: float) -> str:
    """What was measured on, and how much of it others took meanwhile, 0 to 1."""
    told = [*facts, ("programs not of the bench took", f"{elsewhere:.0%} of the machine meanwhile")]
    return "\n".join(f"- {name}: {value}" for name, value in told)


def entries(results: Results) -> list[Entry]:
    """What results/latest.json holds."""
    made: list[Entry] = []
    for row, by_name in results.rows.items():
        for name in by_name:
            for what, unit, figure in _FIGURES:
                ratio = None if name == row.ours else results.ratio(row, name, figure)
                made.append(
                    Entry(
                        name=f"{title(row)}: {name}: {what}",
                        value=round(results.typical(row, name, figure), 3),
                        unit=unit,
                        ratio=None if ratio is None else round(ratio, 3),
                    )
                )
    return made


def _cell(results: Results, row: Row, name: str) -> str:
    if name not in results.rows[row]:
        return "-"
    rate, p50, p99 = (results.typical(row, name, figure) for _, _, figure in _FIGURES)
    return f"{rate:,.0f}/s ({p50:.1f} / {p99:.1f} ms)"


def _ratio(results: Results, row: Row, name: str) -> str:
    if name not in results.rows[row]:
        return "-"
    ratio = results.ratio(row, name, _per_second)
    return f"{ratio:.1f}x" if ratio >= 10 else f"{ratio:.2f}x"


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table that reads as well unrendered."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [
        [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]
        for line in lines
    ]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))
