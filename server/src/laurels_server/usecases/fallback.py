"""Keeps PostgreSQL upright while it answers for Redis."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

from laurels_server.domain.errors import Overloaded
from laurels_server.metrics import BREAKER_OPEN

T = TypeVar("T")


class Breaker:
    """Remembers that Redis could not answer, so that only the first readers wait for it.

    Whoever fails opens it; the relay, which goes on trying, closes it.
    """

    def __init__(self, opened: Callable[[], object] = lambda: None) -> None:
        """`opened` is called each time that it is opened."""
        self.is_open = False
        self._opened = opened

    def open(self) -> None:
        """Redis could not answer: ask PostgreSQL at once from now on."""
        self.is_open = True
        BREAKER_OPEN.set(True)
        self._opened()

    def close(self) -> None:
        """Redis answers from a whole projection again."""
        self.is_open = False
        BREAKER_OPEN.set(False)


class Flights:
    """Runs reads a few at a time, equal ones together, and turns the excess away."""

    def __init__(self, *, at_once: int, waiting_most: int) -> None:
        """`at_once` reads run, `waiting_most` more may wait; others are Overloaded."""
        self._places = asyncio.Semaphore(at_once)
        self._most = at_once + waiting_most
        self._under_way = 0
        self._flights: dict[Hashable, asyncio.Future[object]] = {}

    async def share(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What a read of this key answers that has not begun yet, or a new one.

        Only waiting reads are joined: one that has begun may have looked before the caller's own
        last write.
        """
        waiting = self._flights.get(key)
        if waiting is None:
            if self._under_way >= self._most:
                raise Overloaded("too many reads wait for PostgreSQL; retry after a short pause")
            waiting = asyncio.ensure_future(self._fly(key, read))
            waiting.add_done_callback(self._land)
            self._flights[key] = waiting
            self._under_way += 1
        answer: T = await asyncio.shield(waiting)  # pyright: ignore[reportAssignmentType]
        return answer

    async def _fly(self, key: Hashable, read: Callable[[], Awaitable[object]]) -> object:
        async with self._places:
            del self._flights[key]
            return await read()

    def _land(self, flight: "asyncio.Future[object]") -> None:
        self._under_way -= 1
        if not flight.cancelled():
            # Seen to, also where whoever asked is gone.
            flight.exception()
