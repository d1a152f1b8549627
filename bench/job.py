"""What a load generator is asked for, and what it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Literal

Rpc = Literal["SubmitProgress", "BatchSubmitProgress", "GetLeaderboard", "GetStanding"]

TIMEOUT_S = 60.0
"""Of one call: so long that a slow server shows as slow and not as an error."""


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement: callers that each wait for an answer before they ask again.

    `unit` must be fresh to a server that keeps what is submitted; one that does not is walked
    through it `over_and_over`.
    """

    address: str
    rpc: Rpc
    callers: int
    warm_up_s: float
    measured_s: float
    unit: int
    learners: int
    over_and_over: bool = False
    connections: int = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job came to. An item is a submission, a page or a standing.

    `items` and `errors` count everything from the first call on; `per_second` and the latencies
    only what ended in the time measured.
    """

    items: int
    errors: int
    first_error: str
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that was answered as it should be."""

    at_s: float
    latency_s: float
    items: int = 1


def outcome(
    ended: Sequence[Ended], errors: Sequence[str], began_s: float, until_s: float
) -> Measured:
    """Sums up; what was measured lies between two moments of the clock that `ended` is in."""
    inside = [call for call in ended if began_s <= call.at_s <= until_s]
    latencies_ms = [call.latency_s * 1000 for call in inside]
    cuts = quantiles(latencies_ms, n=100) if len(inside) > 1 else [0.0] * 99
    return Measured(
        items=sum(call.items for call in ended),
        errors=len(errors),
        first_error=errors[0] if errors else "",
        per_second=sum(call.items for call in inside) / max(until_s - began_s, 1e-9),
        p50_ms=cuts[49],
        p99_ms=cuts[98],
    )
