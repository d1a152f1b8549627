"""What became of the calls of a simulation, and how long they took."""

import math
from collections import Counter
from dataclasses import dataclass, field

from laurels_server.rpc.operator import Json

_STEP = math.log(1.02)
"""Latencies are kept to 2 %, so that a long run needs no more memory than a short one."""


class Latencies:
    """How long calls took."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._longest_s = 0.0

    def add(self, seconds: float) -> None:
        """Notes one call."""
        self._counts[round(math.log(max(seconds, 1e-6)) / _STEP)] += 1
        self._longest_s = max(self._longest_s, seconds)

    def __len__(self) -> int:
        return self._counts.total()

    def within_ms(self, share: float) -> float | None:
        """How long this share of the calls took at most, in ms; None where there were none."""
        left = math.ceil(share * len(self))
        for bucket, count in sorted(self._counts.items()):
            left -= count
            if left <= 0:
                return round(min(math.exp(bucket * _STEP), self._longest_s) * 1000, 2)
        return None

    def told(self) -> Json:
        """For people and for scripts, in ms."""
        longest = round(self._longest_s * 1000, 2) if len(self) else None
        shares = {f"p{share}": self.within_ms(share / 100) for share in (50, 95, 99)}
        return {**shares, "max": longest}


@dataclass(slots=True)
class Tally:
    """Counts; every attempt that was begun ends up in one of `booked`, `refused` and `failed`."""

    begun: int = 0
    booked: int = 0
    passed: int = 0
    xp_earned: int = 0
    replayed: int = 0
    """Booked by an earlier try whose answer was lost."""
    repeats: int = 0
    """Tries after the first, under the same request id."""
    refused: Counter[str] = field(default_factory=Counter[str])
    """By reason: the server said no."""
    failed: Counter[str] = field(default_factory=Counter[str])
    """By the reason of the last try: given up."""
    latencies: Latencies = field(default_factory=Latencies)
    """From the first try to the answer."""
    reads_failed: Counter[str] = field(default_factory=Counter[str])
    read_latencies: Latencies = field(default_factory=Latencies)

    def told(self) -> Json:
        """Everything, under names that stay."""
        return {
            "begun": self.begun,
            "booked": self.booked,
            "passed": self.passed,
            "xp_earned": self.xp_earned,
            "replayed": self.replayed,
            "repeats": self.repeats,
            "refused": dict(self.refused),
            "failed": dict(self.failed),
            "latency_ms": self.latencies.told(),
            "reads": len(self.read_latencies),
            "reads_failed": dict(self.reads_failed),
            "read_latency_ms": self.read_latencies.told(),
        }
