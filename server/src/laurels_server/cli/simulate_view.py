"""Shows a simulation: drawn in place on a terminal, a line a second elsewhere."""

from types import TracebackType
from typing import Self

import click
from rich.live import Live

from laurels_server.cli.tables import Column, console, on_terminal, table
from laurels_server.cli.text import echo_json
from laurels_server.rpc.operator import Json

_COLUMNS = (
    Column(""),
    Column("a second", number=True),
    Column("in all", number=True),
    Column("p50 ms", number=True),
    Column("p95 ms", number=True),
    Column("p99 ms", number=True),
    Column("max ms", number=True),
)


class SimulateView:
    """Where a simulation is told of, as it goes and at its end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        drawn = on_terminal() and not as_json
        self._live = Live(console=console(), auto_refresh=False) if drawn else None

    def progress(self, told: Json) -> None:
        """How it goes."""
        if self._as_json:
            echo_json({"progress": told})
        elif self._live:
            self._draw(told)
        else:
            click.echo(_line(told))

    def summary(self, told: Json) -> None:
        """How it went."""
        if self._as_json:
            echo_json({"summary": told})
            return
        if self._live:
            self._draw(told)
            self._live.stop()
        for sentence in _sentences(told):
            click.echo(sentence)

    def _draw(self, told: Json) -> None:
        assert self._live is not None, "only on a terminal"
        rows = (
            _row("submissions", told["submissions_per_second"], told["booked"], told["latency_ms"]),
            _row(
                "looks at the board",
                told["reads_per_second"],
                told["reads"],
                told["read_latency_ms"],
            ),
        )
        self._live.update(table(_COLUMNS, rows), refresh=True)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()


def _row(title: str, rate: float, count: int, latency: Json) -> tuple[object, ...]:
    return (title, f"{rate:,.1f}", count, *(_ms(latency[name]) for name in latency))


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _line(told: Json) -> str:
    return (
        f"{told['seconds']:.0f} s  {told['submissions_per_second']:,.1f} submissions/s  "
        f"p50 {_ms(told['latency_ms']['p50'])} ms  p99 {_ms(told['latency_ms']['p99'])} ms  "
        f"{told['reads_per_second']:,.1f} reads/s  {told['booked']:,} booked  "
        f"{sum(told['refused'].values()):,} refused  {sum(told['failed'].values()):,} failed"
    )


def _sentences(told: Json) -> list[str]:
    """The last words, of which the first is always said."""
    said = [
        f"{told['booked']:,} of {told['begun']:,} attempts booked in {told['seconds']:.1f} s "
        f"({told['asked_per_second']:,.1f} a second asked for), {told['passed']:,} passed, "
        f"{told['xp_earned']:,} XP earned"
    ]
    for title, rate, latency in (
        ("submissions", "submissions_per_second", "latency_ms"),
        ("looks at the board", "reads_per_second", "read_latency_ms"),
    ):
        shares = ", ".join(f"{name} {_ms(value)}" for name, value in told[latency].items())
        said.append(f"{told[rate]:,.1f} {title} a second; in ms {shares}")
    if told["repeats"]:
        said.append(
            f"{told['repeats']:,} repeats under the same request ids, of which "
            f"{told['replayed']:,} had been booked before: nothing counted twice"
        )
    for title in ("refused", "failed", "reads_failed"):
        if told[title]:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in told[title].items())
            said.append(f"{title.replace('_', ' ')}: {reasons}")
    return said
