"""Pages that Redis answered, kept so shortly that they may be shown again."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from laurels_server.domain.standings import Page, Place

Key = tuple[Place | int, int]
"""Where a page begins, and its size."""

_PAGES_MOST = 256

_ENTRIES_MOST = 20_000
"""Entries of all kept pages together, about 5 MB; of more, the least recently shown go."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a read of Redis came to. Without a page, PostgreSQL has to answer."""

    page: Page | None
    count: Callable[[], object]
    """Counts one reader to whom it came to this."""

    watermark: int = 0
    asked_at: float = 0.0
    """When Redis was asked, by time.monotonic()."""


class Pages:
    """Shows a page again until it is stale, and lets one read do for all who ask meanwhile.

    Stale is what Redis was asked for `staleness_ms` ago, or before a drop; 0 keeps and shares
    nothing. A page that is shown at three quarters of that age is read anew, so that nobody waits
    for it.
    """

    def __init__(self, staleness_ms: int = 0) -> None:
        self._staleness_s = staleness_ms / 1000
        self._aging_s = self._staleness_s * 0.75
        self._kept: OrderedDict[Key, Found] = OrderedDict()
        self._entries = 0
        self._watermark = 0
        self._flights: dict[Key, tuple[asyncio.Task[Found], float]] = {}

    def at_hand(self, key: Key) -> Found | None:
        """A kept page that need not be read anew yet."""
        kept = self._kept.get(key)
        if kept is None or self._age(kept) >= self._aging_s:
            return None
        self._kept.move_to_end(key)
        return kept

    def including(self, key: Key, upto: int) -> Found | None:
        """A kept page that is complete at least up to that seq of the ledger."""
        kept = self._kept.get(key)
        if kept is None or kept.watermark < upto or self._age(kept) >= self._staleness_s:
            return None
        return kept

    async def get(self, key: Key, read: Callable[[], Awaitable[Found]]) -> Found:
        """A kept page, or what `read` finds, for this caller or one who asked shortly before."""
        kept = self._kept.get(key)
        if kept is not None and (age := self._age(kept)) < self._staleness_s:
            self._kept.move_to_end(key)
            if age >= self._aging_s and key not in self._flights:
                self._begin(key, read)
            return kept
        if not self._staleness_s:
            return await read()
        flight, until = self._flights.get(key, (None, 0.0))
        if flight is None or time.monotonic() >= until:
            flight = self._begin(key, read)
        # Whoever gives up does not end the read of the others.
        return await asyncio.shield(flight)

    def moved_to(self, watermark: int) -> None:
        """Notes how far an answer of Redis was: no kept page of another moment shall follow it."""
        if watermark != self._watermark:
            self._watermark = watermark
            self._forget()

    def drop(self) -> None:
        """Makes all stale at once, also what reads under way are going to find."""
        self._flights.clear()
        self._forget()

    @staticmethod
    def _age(kept: Found) -> float:
        return time.monotonic() - kept.asked_at

    def _begin(self, key: Key, read: Callable[[], Awaitable[Found]]) -> asyncio.Task[Found]:
        flight = asyncio.ensure_future(read())
        self._flights[key] = flight, time.monotonic() + self._staleness_s
        flight.add_done_callback(partial(self._land, key))
        return flight

    def _land(self, key: Key, flight: asyncio.Task[Found]) -> None:
        known, _ = self._flights.get(key, (None, 0.0))
        if known is flight:
            del self._flights[key]
        # Asking for the exception says that it was seen, also where whoever asked is gone.
        if flight.cancelled() or flight.exception() is not None:
            return
        found = flight.result()
        if known is flight and found.page is not None and found.watermark == self._watermark:
            self._keep(key, found, len(found.page.entries))

    def _keep(self, key: Key, found: Found, entries: int) -> None:
        if key in self._kept:
            self._let_go(self._kept.pop(key))
        self._kept[key] = found
        self._entries += entries
        while len(self._kept) > _PAGES_MOST or self._entries > _ENTRIES_MOST:
            self._let_go(self._kept.popitem(last=False)[1])

    def _let_go(self, found: Found) -> None:
        assert found.page is not None, "only pages are kept"
        self._entries -= len(found.page.entries)

    def _forget(self) -> None:
        self._kept.clear()
        self._entries = 0
