"""Draws what was measured, as pictures beside the numbers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.comparison import p50_ms, p99_ms, per_second
from bench.job import Measured
from bench.keeping import RESULTS
from bench.rounds import Results
from bench.scale import Scaled
from bench.targets import ECHO, LAURELS

CONCURRENCY = RESULTS / "concurrency.png"
SCALE = RESULTS / "scale.png"

_COLOURS = {LAURELS: "tab:blue", ECHO: "tab:gray"}

_Series = Mapping[str, tuple[Sequence[float], str, str]]
"""By its name: one value for each x, colour, and style of line."""


def against_concurrency(results: Results, file: Path = CONCURRENCY) -> None:
    """SubmitProgress: throughput, p50 and p99 against the number of callers."""
    rows = [
        row
        for row in results.rows
        if row.rpc == "SubmitProgress" and row.ours == LAURELS and ECHO in row.others
    ]

    def series(figure: Callable[[Measured], float], style: str, suffix: str) -> _Series:
        return {
            name + suffix: (
                [results.typical(row, name, figure) for row in rows],
                _COLOURS[name],
                style,
            )
            for name in (LAURELS, ECHO)
        }

    _draw(
        file,
        "SubmitProgress",
        ("callers", [row.callers for row in rows]),
        series(per_second, "-", ""),
        {**series(p50_ms, "-", ", p50"), **series(p99_ms, ":", ", p99")},
    )


def against_size(scaled: Scaled, file: Path = SCALE) -> None:
    """Every load: throughput, p50 and p99 against the number of learners."""
    colours = dict(zip(scaled.turns, ("tab:blue", "tab:green", "tab:orange"), strict=True))
    sizes = sorted(next(iter(scaled.turns.values())))

    def series(figure: Callable[[Measured], float], style: str, suffix: str) -> _Series:
        return {
            row.rpc + suffix: (
                [scaled.typical(row, learners, figure) for learners in sizes],
                colour,
                style,
            )
            for row, colour in colours.items()
        }

    _draw(
        file,
        "64 callers, ten ledger entries a learner",
        ("learners", sizes),
        series(per_second, "-", ""),
        {**series(p50_ms, "-", ", p50"), **series(p99_ms, ":", ", p99")},
    )


def _draw(
    file: Path,
    title: str,
    across: tuple[str, Sequence[int]],
    throughputs: _Series,
    latencies: _Series,
) -> None:
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _plot(left, across, throughputs, "calls a second", logarithmic=False)
    _plot(right, across, latencies, "ms", logarithmic=True)
    figure.suptitle(title)
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, dpi=110)


def _plot(
    axes: Axes,
    across: tuple[str, Sequence[int]],
    series: _Series,
    unit: str,
    *,
    logarithmic: bool,
) -> None:
    label, xs = across
    for name, (values, colour, style) in series.items():
        axes.plot(xs, values, style, marker="o", color=colour, label=name)
    axes.set_xscale("log")
    axes.set_xticks(xs, [f"{x:,}" for x in xs])
    axes.minorticks_off()
    axes.set_xlabel(label)
    axes.set_ylabel(unit)
    if logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
