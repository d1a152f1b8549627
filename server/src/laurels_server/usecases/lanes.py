"""Gathers concurrent attempts into batches.

Each learner belongs to one lane, by a hash of the user_id. A lane books one batch at a time, in the
order of arrival; what arrives meanwhile forms the next batch, so nobody waits while a lane is idle.
Under load the batches grow by themselves, the more so as a lane then rests between them. A learner
whose row someone outside holds is set aside with all their later attempts, and the lane goes on
without them.
"""

import asyncio
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from laurels_server.domain.errors import Internal, LaurelsError, Overloaded, ShuttingDown
from laurels_server.domain.progress import Submission
from laurels_server.logging import log, new_incident
from laurels_server.metrics import SUBMISSIONS, WAITING_SUBMISSIONS
from laurels_server.usecases.booking import Held, Receipt, Result

_REST_S = 0.0002
_REST_MOST_S = 0.008
"""After a batch of several, for each of them, and at most: whoever was answered asks again, and
comes along with the next. A batch costs as much CPU as some ten attempts do, so under load fewer
and larger ones answer everybody sooner (docs/adr/0013). After a batch of one there is no rest."""

_ASIDE_AT_ONCE = 2
"""Learners that are waited for at the same time; each takes a connection."""


class Books(Protocol):
    """What books a batch; see `booking.Booking`."""

    async def book(self, submissions: Sequence[Submission], *, alone: bool = False) -> list[Result]:
        """Results at the same indexes; raises nothing."""
        ...


class _Waiting:
    """An attempt and whoever waits for it."""

    __slots__ = ("answer", "submission")

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()

    def settle(self, result: Receipt | LaurelsError) -> None:
        if self.answer.done():
            return
        if isinstance(result, LaurelsError):
            self.answer.set_exception(result)
        else:
            self.answer.set_result(result)


class _Lane:
    def __init__(self, booking: Books, most: int, left: Callable[[], None]) -> None:
        """`left` is called once for each attempt that no longer waits here."""
        self._booking = booking
        self._most = most
        self._left = left
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._aside: dict[str, deque[_Waiting]] = {}
        self._aside_tasks: set[asyncio.Task[None]] = set()
        self._aside_turns = asyncio.Semaphore(_ASIDE_AT_ONCE)
        self._stopping = False
        self._task = asyncio.create_task(self._run())

    def add(self, waiting: _Waiting) -> None:
        self._queue.append(waiting)
        self._arrived.set()

    async def stop(self) -> None:
        """Books all that was added, then ends."""
        self._stopping = True
        self._arrived.set()
        await self._task
        while self._aside_tasks:
            await asyncio.wait(self._aside_tasks)

    async def _run(self) -> None:
        while self._queue or not self._stopping:
            batch = self._take()
            if not batch:
                if not self._stopping:
                    self._arrived.clear()
                    await self._arrived.wait()
                continue
            for waiting in await self._book(batch):
                self._set_aside(waiting)
            if len(batch) > 1 and len(self._queue) < self._most:
                await asyncio.sleep(min(len(batch) * _REST_S, _REST_MOST_S))

    def _take(self) -> list[_Waiting]:
        """The next batch. Attempts nobody waits for any more are dropped: nothing began."""
        batch: list[_Waiting] = []
        while self._queue and len(batch) < self._most:
            waiting = self._queue.popleft()
            if waiting.answer.done():
                self._left()
            elif waiting.submission.user_id in self._aside:
                self._set_aside(waiting)
            else:
                batch.append(waiting)
        return batch

    async def _book(self, batch: Sequence[_Waiting], *, alone: bool = False) -> list[_Waiting]:
        """Books a batch and answers it, but for those held by someone else, which it returns."""
        held: list[_Waiting] = []
        results: Sequence[Result]
        try:
            submissions = [waiting.submission for waiting in batch]
            results = await self._booking.book(submissions, alone=alone)
        except Exception as defect:
            # A lane that ended would hold its learners up for ever.
            incident = new_incident()
            log.error("lane_defect", incident=incident, exc_info=defect)
            SUBMISSIONS.labels("defect").inc(len(batch))
            results = [Internal(incident)] * len(batch)
        for waiting, result in zip(batch, results, strict=True):
            if isinstance(result, Held):
                held.append(waiting)
            else:
                waiting.settle(result)
                self._left()
        return held

    def _set_aside(self, waiting: _Waiting) -> None:
        user_id = waiting.submission.user_id
        if user_id in self._aside:
            self._aside[user_id].append(waiting)
            return
        self._aside[user_id] = deque([waiting])
        task = asyncio.create_task(self._run_aside(user_id))
        self._aside_tasks.add(task)
        task.add_done_callback(self._aside_tasks.discard)

    async def _run_aside(self, user_id: str) -> None:
        """Books one learner's attempts apart from the lane, until none is left."""
        queue = self._aside[user_id]
        while queue:
            async with self._aside_turns:
                batch: list[_Waiting] = []
                while queue and len(batch) < self._most:
                    waiting = queue.popleft()
                    if waiting.answer.done():
                        self._left()
                    else:
                        batch.append(waiting)
                held = await self._book(batch, alone=True) if batch else []
                assert not held, "alone waits for the lock"
        del self._aside[user_id]


class Lanes:
    """Takes attempts one by one and answers each when its batch is committed."""

    def __init__(self, booking: Books, *, lanes: int, batch_most: int, waiting_most: int) -> None:
        """At most `batch_most` attempts a transaction, and `waiting_most` under way in all."""
        self._lanes = [_Lane(booking, batch_most, self._leave) for _ in range(lanes)]
        self._waiting_most = waiting_most
        self._waiting = 0
        self._closed = False

    async def submit(self, submission: Submission) -> Receipt:
        """Books one attempt; raises the LaurelsError that refused it.

        Whoever waits may be cancelled. An attempt that no transaction has taken yet is then
        dropped; one that has been taken is booked all the same.
        """
        return await self._enter(submission)

    async def submit_all(self, submissions: Iterable[Submission]) -> list[Receipt | LaurelsError]:
        """Books attempts, each by itself; those of one learner in the order given."""
        waiting: list[asyncio.Future[Receipt]] = []
        for submission in submissions:
            try:
                waiting.append(self._enter(submission))
            except LaurelsError as refusal:
                waiting.append(asyncio.get_running_loop().create_future())
                waiting[-1].set_exception(refusal)
        results: list[Receipt | LaurelsError] = []
        for result in await asyncio.gather(*waiting, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, LaurelsError):
                raise result
            results.append(result)
        return results

    def _enter(self, submission: Submission) -> asyncio.Future[Receipt]:
        """Puts an attempt into its lane; the future is its answer."""
        if self._closed:
            raise ShuttingDown("the server is shutting down; retry")
        if self._waiting >= self._waiting_most:
            SUBMISSIONS.labels("overloaded").inc()
            raise Overloaded(f"{self._waiting} attempts are waiting; retry after a short pause")
        waiting = _Waiting(submission)
        self._waiting += 1
        WAITING_SUBMISSIONS.inc()
        lane = zlib.crc32(submission.user_id.encode()) % len(self._lanes)
        self._lanes[lane].add(waiting)
        return waiting.answer

    def _leave(self) -> None:
        self._waiting -= 1
        WAITING_SUBMISSIONS.dec()

    async def drain(self) -> None:
        """Takes nothing new and waits until all that was taken is booked."""
        self._closed = True
        await asyncio.gather(*(lane.stop() for lane in self._lanes))
