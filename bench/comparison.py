"""Laurels beside the bare echo, the audited flow and pgbench: the ratios, and their bars."""

from collections.abc import Callable
from statistics import median

from bench import workload
from bench.bars import Line
from bench.job import Measured
from bench.rounds import BUSY_CALLERS, Results, Row
from bench.targets import AUDITED, ECHO, LAURELS, TWO_WORKERS

_MB = 1e6


def per_second(measured: Measured) -> float:
    return measured.per_second


def p50_ms(measured: Measured) -> float:
    return measured.p50_ms


def p99_ms(measured: Measured) -> float:
    return measured.p99_ms


def lines(results: Results) -> list[Line]:
    """One for each bar, and what two workers bring."""
    return [*_speeds(results), *_beside_pgbench(results), *_workers(results)]


def _speeds(results: Results) -> list[Line]:
    """Throughputs beside another server's."""
    wanted = (
        ("SubmitProgress", BUSY_CALLERS, ECHO, 0.80),
        ("SubmitProgress", BUSY_CALLERS, AUDITED, 25.0),
        ("GetLeaderboard", BUSY_CALLERS, ECHO, 0.85),
        ("GetStanding", BUSY_CALLERS, ECHO, 0.60),
    )
    return [
        Line(
            f"{rpc}, {callers} callers",
            results.typical(row, LAURELS, per_second),
            "/s",
            bar=bar,
            more_is_better=True,
            limits_ratio=True,
            yardstick=f"of the {other}",
            beside=results.typical(row, other, per_second),
            typical_ratio=results.ratio(row, other, per_second),
        )
        for rpc, callers, other, bar in wanted
        for row in results.rows
        if (row.rpc, row.callers, row.ours) == (rpc, callers, LAURELS) and other in row.others
    ]


def _beside_pgbench(results: Results) -> list[Line]:
    """Each round beside what pgbench reached in it."""
    made: list[Line] = []
    if alone := _row(results, lambda row: row.rpc == "SubmitProgress" and row.callers == 1):
        ours = [turn.measured.p50_ms for turn in results.rows[alone][LAURELS]]
        least = [
            turn.measured.p50_ms + yardstick.single_row_ms
            for turn, yardstick in zip(results.rows[alone][ECHO], results.yardsticks, strict=True)
        ]
        made.append(
            Line(
                "SubmitProgress, 1 caller: p50",
                median(ours),
                "ms",
                bar=1.8,
                limits_ratio=True,
                yardstick=f"of the {ECHO} and one UPDATE of a row by pgbench",
                beside=median(least),
                typical_ratio=median(a / b for a, b in zip(ours, least, strict=True)),
            )
        )
    if batch := _row(results, lambda row: row.rpc == "BatchSubmitProgress"):
        rates = [turn.measured.per_second for turn in results.rows[batch][LAURELS]]
        best = [yardstick.best_per_second for yardstick in results.yardsticks]
        made.append(
            Line(
                f"BatchSubmitProgress of {workload.BATCH_ITEMS}: submissions",
                median(rates),
                "/s",
                bar=5.0,
                more_is_better=True,
                limits_ratio=True,
                yardstick="transactions of `pgbench -N -M prepared`",
                beside=median(best),
                typical_ratio=median(a / b for a, b in zip(rates, best, strict=True)),
            )
        )
    return made


def _workers(results: Results) -> list[Line]:
    """What a second worker brings, and what each holds."""
    made: list[Line] = []
    if two := _row(results, lambda row: row.ours == TWO_WORKERS):
        made.append(
            Line(
                f"SubmitProgress, {two.callers} callers, {two.connections} connections, 2 workers",
                results.typical(two, TWO_WORKERS, per_second),
                "/s",
                yardstick="of 1 worker",
                beside=results.typical(two, LAURELS, per_second),
                typical_ratio=results.ratio(two, LAURELS, per_second),
            )
        )
    peak = max(
        turn.peak_bytes
        for by_name in results.rows.values()
        for name in (LAURELS, TWO_WORKERS)
        for turn in by_name.get(name, [])
    )
    made.append(Line("memory of a worker, at most", peak / _MB, "MB", bar=150))
    return made


def _row(results: Results, wanted: Callable[[Row], bool]) -> Row | None:
    return next((row for row in results.rows if wanted(row)), None)
