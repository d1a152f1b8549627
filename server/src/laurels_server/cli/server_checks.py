"""Looks at a running server: its health, how far its relay is behind, and its clock."""

import asyncio
import contextlib
import time
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

from laurels_server.cli.flags import reachable
from laurels_server.config import OFF
from laurels_server.rpc import operator
from laurels_server.rpc.operator import OperatorError, connected
from laurels_server.usecases.doctor import (
    Check,
    Clock,
    Examination,
    Verdict,
    read_clock,
    this_machine_s,
)

_TIMEOUT_S = 3.0

_KEEPS_UP_S = 2.0
"""How long the relay may take to get as far as the ledger was when we looked."""

_LOOK_AGAIN_S = 0.05

_STALE_S = 5.0
"""A relay that works says many times a second how far it is, also when nothing happens."""

_APART_S = 1.0
"""How far clocks may be apart; times of a board are in minutes, those of logs are compared."""

_WHOLE_SECOND_S = 0.5
"""How exact a time in whole seconds is, taken for its middle."""


async def examine_server(address: str, metrics_listen: str) -> Examination:
    """Its health, and its clock where it tells metrics: over gRPC it tells no time of its own."""
    found = Examination()
    health = await operator.health(address, _TIMEOUT_S)
    if not health:
        found.wrong(
            "server",
            f"no Laurels answers at {address}",
            "Start it with `laurels serve`, or name the right address with --listen.",
        )
        return found
    found.judge(
        "server",
        f"{health} at {address}",
        wrong=health != "SERVING",
        advice="See its log: it cannot reach PostgreSQL, or is about to end.",
    )
    if metrics_listen != OFF:
        # Metrics that are not told are no matter here: one clock less to compare.
        with contextlib.suppress(OSError, ValueError, TypeError):
            found.clock = await _clock(f"http://{reachable(metrics_listen)}/metrics")
    return found


async def examine_relay(address: str, server: Examination, postgres: Clock | None) -> list[Check]:
    """Whether Redis follows the ledger."""
    if any(check.verdict is not Verdict.WELL for check in server.checks):
        return []
    found = Examination()
    try:
        async with connected(address, timeout_s=_TIMEOUT_S) as calls:
            began = time.monotonic()
            first = told = await calls.sync_status()
            while (
                told["projection_seq"] < first["ledger_seq"] or not told["serving"]
            ) and time.monotonic() < began + _KEEPS_UP_S:
                await asyncio.sleep(_LOOK_AGAIN_S)
                told = await calls.sync_status()
    except OperatorError as error:
        found.wrong("relay", str(error), "See the server's log.")
        return found.checks
    behind = first["ledger_seq"] - told["projection_seq"]
    if not told["serving"]:
        found.wrong(
            "relay",
            f"readers are answered from PostgreSQL: {told['reason']}",
            "Mend Redis; the server goes back to it by itself.",
        )
    elif behind > 0:
        found.wrong(
            "relay",
            f"{_entries(told['lag_entries'])} behind, and not following within {_KEEPS_UP_S:g} s",
            "See the servers' logs for relay_* events; `laurels rebuild` builds the board anew.",
        )
    elif postgres and (age := _age_s(told["as_of"], postgres)) > _STALE_S:
        found.wrong(
            "relay",
            f"the board is of {age:.0f} s ago",
            "See the servers' logs for relay_* events: no relay works.",
        )
    else:
        found.well("relay", f"{told['lag_entries']:,} behind of {_entries(told['ledger_seq'])}")
    return found.checks


def examine_clocks(clocks: Sequence[Clock | None]) -> list[Check]:
    """How far the clocks are from PostgreSQL's, which rules, or else from the first one's."""
    known = [clock for clock in clocks if clock]
    if not known:
        return []
    first, *others = [*known, Clock("this machine", 0.0, 0.0)]
    saw: list[str] = []
    apart: list[str] = []
    for clock in others:
        ahead, within = clock.ahead_s - first.ahead_s, clock.within_s + first.within_s
        if abs(ahead) <= within:
            saw.append(f"{clock.owner} the same within {within:.3f} s")
            continue
        saw.append(f"{clock.owner} {abs(ahead):.3f} s {'ahead' if ahead > 0 else 'behind'}")
        if abs(ahead) - within > _APART_S:
            apart.append(clock.owner)
    found = Examination()
    found.judge(
        "clocks",
        f"beside {first.owner}: {', '.join(saw)}",
        wrong=bool(apart),
        advice=f"Have NTP set the clock of {' and of '.join(apart)}.",
    )
    return found.checks


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


async def _clock(url: str) -> Clock:
    """The server's clock, by the date of an answer over HTTP."""

    async def ask() -> datetime:
        return await asyncio.to_thread(_date_of, url)

    clock = await read_clock("the server", ask)
    return Clock(clock.owner, clock.ahead_s + _WHOLE_SECOND_S, clock.within_s + _WHOLE_SECOND_S)


def _date_of(url: str) -> datetime:
    """Raises OSError or ValueError."""
    # Not through a proxy, which may be set for the network and would tell its own time.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=_TIMEOUT_S) as answer:
        return parsedate_to_datetime(answer.headers["Date"])


def _age_s(moment: str | None, postgres: Clock) -> float:
    """How old a moment by PostgreSQL's clock is, in seconds; for ever where there is none."""
    if not moment:
        return float("inf")
    now = this_machine_s() + postgres.ahead_s
    return now - datetime.fromisoformat(moment).timestamp()
