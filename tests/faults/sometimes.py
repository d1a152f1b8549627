"""What must have happened at least once: a run in which nothing went wrong proves nothing.

A test notes what it meets with `sometimes.saw("fallback")`, and at its end demands that
`sometimes.never_seen({"fallback", "rebuild"})` is empty.
"""

from collections import Counter
from collections.abc import Iterable


class Sometimes:
    """Counts what was seen, by name."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def saw(self, what: str, *, times: int = 1) -> None:
        """Notes that it happened; `times` may be 0."""
        self._seen[what] += times

    def times(self, what: str) -> int:
        return self._seen[what]

    def never_seen(self, wanted: Iterable[str]) -> set[str]:
        """Those that did not happen once."""
        return {what for what in wanted if not self._seen[what]}

    def __str__(self) -> str:
        """All of them and how often, the most frequent first."""
        return ", ".join(f"{what} {times}" for what, times in self._seen.most_common()) or "nothing"
