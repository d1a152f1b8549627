"""Turns what was compared into the section of README.md, and results/latest.json."""

from collections.abc import Callable, Sequence
from statistics import median

from bench import bars, comparison, markdown, tools, workload
from bench.bars import Entry
from bench.job import Measured
from bench.machine import Fact, about
from bench.rounds import BUSY_CALLERS, GENERATOR, Plan, Results, Row
from bench.targets import AUDITED, ECHO, LAURELS, TWO_WORKERS

_FIGURES: Sequence[tuple[str, str, Callable[[Measured], float]]] = (
    ("throughput", "/s", comparison.per_second),
    ("p50", "ms", comparison.p50_ms),
    ("p99", "ms", comparison.p99_ms),
)


def title(row: Row) -> str:
    """The row in words."""
    words = row.rpc
    if row.rpc == "BatchSubmitProgress":
        words += f" of {workload.BATCH_ITEMS}"
    if row.rpc == "GetLeaderboard":
        words += f", top {workload.PAGE_ENTRIES}"
    words += ", 1 caller" if row.callers == 1 else f", {row.callers} callers"
    return words + (f", {row.connections} connections" if row.connections > 1 else "")


def table(results: Results) -> str:
    """Throughput with latencies."""
    names = (LAURELS, ECHO, AUDITED, TWO_WORKERS)
    lines = [["", *names]]
    for row in results.rows:
        lines.append([title(row), *(_cell(results, row, name) for name in names)])
    return markdown.table(lines)


def cpu_table(results: Results) -> str:
    """CPU time of each process for one item, under the most telling loads."""
    spenders = ("server", "PostgreSQL", "Valkey", GENERATOR)
    lines = [["CPU µs for each submission, page or standing", *spenders]]
    for row, by_name in results.rows.items():
        if row.callers == 1 or row.callers > BUSY_CALLERS:
            continue
        for name, turns in by_name.items():
            spent = [median(turn.cpu_s_per_item[who] for turn in turns) for who in spenders]
            lines.append([f"{title(row)}: {name}", *(f"{s * 1e6:,.0f}" for s in spent)])
    return markdown.table(lines)


def section(results: Results, plan: Plan, facts: Sequence[Fact], command: str) -> str:
    """What README.md shows between its markers."""
    how = (
        f"`{command}`: medians of {plan.rounds} rounds of {plan.measured_s:g} s after "
        f"{plan.warm_up_s:g} s of warm-up; {plan.learners:,} learners. Ratios are medians of the "
        "ratios within a round."
    )
    what = "Items a second, then p50 / p99 of a call:"
    about_it = about([*facts, *tools.facts()], results.elsewhere())
    bars_table = bars.table(comparison.lines(results))
    return "\n\n".join((how, bars_table, what, table(results), cpu_table(results), about_it))


def entries(results: Results) -> list[Entry]:
    """What results/latest.json holds: the bars, then every figure of every row."""
    made = bars.entries(comparison.lines(results))
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
                        bar=None,
                        met=None,
                    )
                )
    return made


def _cell(results: Results, row: Row, name: str) -> str:
    if name not in results.rows[row]:
        return "-"
    rate, p50, p99 = (results.typical(row, name, figure) for _, _, figure in _FIGURES)
    return f"{rate:,.0f}/s ({p50:.1f} / {p99:.1f} ms)"
