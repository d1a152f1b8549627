"""Load and readers that run through a whole fault and hold every page to what its `as_of` promises.

The tests at the end break pages on purpose: a watch that cannot fail proves nothing.
"""

import asyncio
import bisect
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import grpc
import pytest

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_REDIS,
    GetLeaderboardRequest,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
    LeaderboardEntry,
    LeaderboardSource,
)
from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from tests.calls import Calls, attempt, read_refusal

LEARNERS: Final = [f"runner-{number:03d}" for number in range(1, 121)]
LEVELS: Final = [f"puk_u{unit}_l{number}" for unit in range(1, 5) for number in range(1, 6)]
REWARD: Final = 15
INDEFINITE: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


async def register(calls: Calls) -> None:
    """Registers the learners that a watch submits for."""
    users = [User(user_id=name, display_name=name.title()) for name in LEARNERS]
    await calls.users.UpsertUsers(UpsertUsersRequest(users=users))


async def until(
    holds: Callable[[], Awaitable[bool]], what: str, *, within_s: float = 15.0
) -> float:
    """Waits until something holds; how long that took, in milliseconds."""
    started = time.monotonic()
    while not await holds():
        assert time.monotonic() - started < within_s, f"not within {within_s:g} s: {what}"
        await asyncio.sleep(0.005)
    return (time.monotonic() - started) * 1000


def quantiles(seconds: Sequence[float]) -> str:
    """Half, 99 of 100 and the longest, in milliseconds."""
    ordered = sorted(seconds)
    p50, p99 = (ordered[len(ordered) * part // 100] * 1000 for part in (50, 99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {ordered[-1] * 1000:.1f} ms, n={len(ordered)}"


def source_of(page: GetLeaderboardResponse | GetStandingResponse) -> str:
    return LeaderboardSource.Name(page.source).removeprefix("LEADERBOARD_SOURCE_")


class History:
    """What was begun and what was acknowledged when, by the clock of this machine."""

    def __init__(self) -> None:
        self.begun = dict.fromkeys(LEARNERS, 0)
        self.totals: dict[str, int] = {}
        self._times: dict[str, list[datetime]] = defaultdict(list)
        self._acknowledged: dict[str, list[int]] = defaultdict(list)

    def begin(self, user_id: str, total: int) -> None:
        self.begun[user_id] = total

    def acknowledge(self, user_id: str, total: int) -> None:
        self._times[user_id].append(datetime.now(UTC))
        self._acknowledged[user_id].append(total)
        self.totals[user_id] = total

    def owed(self, as_of: datetime) -> dict[str, int]:
        """The least XP that a page of this `as_of` must show for each learner."""
        counts = {user_id: bisect.bisect_left(at, as_of) for user_id, at in self._times.items()}
        return {
            user_id: self._acknowledged[user_id][count - 1]
            for user_id, count in counts.items()
            if count
        }

    def faults(self, page: GetLeaderboardResponse) -> list[str]:
        """What is wrong with a page that has room for everyone."""
        as_of = page.as_of.ToDatetime(tzinfo=UTC)
        shown = {entry.user_id: entry.xp for entry in page.entries}
        faults = [
            f"{user_id} shown with {shown.get(user_id, 0)} XP, acknowledged with {total} before"
            for user_id, total in self.owed(as_of).items()
            if shown.get(user_id, 0) < total
        ]
        faults += [
            f"{user_id} shown with {xp} XP that nobody submitted"
            for user_id, xp in shown.items()
            if xp > self.begun.get(user_id, xp)  # others' attempts are not recorded here
        ]
        if len(shown) != len(page.entries):
            faults.append("a learner stands twice")
        if page.total_entries != len(page.entries):
            faults.append(f"{len(page.entries)} entries of {page.total_entries}")
        if [entry.position for entry in page.entries] != list(range(1, len(page.entries) + 1)):
            faults.append("positions are not 1, 2, 3...")
        points = [entry.xp for entry in page.entries]
        if points != sorted(points, reverse=True):
            faults.append("not in the order of XP")
        if any(entry.rank != points.index(entry.xp) + 1 for entry in page.entries):
            faults.append("a rank is not 1 + those with more XP")
        if as_of > datetime.now(UTC):
            faults.append("as_of lies in the future")
        return [f"{source_of(page)} as of {as_of:%T.%f}: {fault}" for fault in faults]


class Watch:
    """Writers and readers, and what they saw."""

    def __init__(self, calls: Sequence[Calls], indefinite: Sequence[grpc.StatusCode]) -> None:
        self.history = History()
        self.pages: Counter[str] = Counter()
        self.submit_errors: Counter[str] = Counter()
        self.read_errors: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.replayed = 0
        self._newest = ("", 0, "")
        self._calls = calls
        self._indefinite = indefinite
        self._wrong: list[str] = []
        self._ages: dict[str, float] = defaultdict(float)
        self._stopping = False

    async def write(self, learners: Sequence[str], calls: Calls, pause_s: float) -> None:
        """Takes learners through the levels, each attempt repeated until acknowledged."""
        for number, level in enumerate(LEVELS, start=1):
            for learner in learners:
                if self._stopping:
                    return
                self.history.begin(learner, number * REWARD)
                answer = await self._submit(calls, learner, level)
                assert answer.total_xp == number * REWARD, answer
                self.history.acknowledge(learner, answer.total_xp)
                self._newest = (learner, answer.total_xp, answer.consistency_token)
                self.replayed += answer.replayed
                await asyncio.sleep(pause_s)

    async def _submit(self, calls: Calls, learner: str, level: str) -> SubmitProgressResponse:
        while True:
            started = time.monotonic()
            try:
                # Whatever it takes to connect again is not what is measured here.
                answer = await calls.progress.SubmitProgress(
                    attempt(learner, level, f"{learner}:{level}"), timeout=3, wait_for_ready=True
                )
            except grpc.aio.AioRpcError as error:
                self.submit_errors[_told(error, self._indefinite)] += 1
                await asyncio.sleep(0.02)
            else:
                self.latencies.append(time.monotonic() - started)
                return answer

    async def read(self, calls: Calls) -> None:
        """Reads pages of everyone, every other one with the newest consistency token."""
        with_token = False
        while not self._stopping:
            with_token = not with_token
            learner, total, token = self._newest if with_token else ("", 0, "")
            request = GetLeaderboardRequest(page_size=1000, consistency_token=token)
            try:
                page = await calls.leaderboard.GetLeaderboard(request, timeout=3)
            except grpc.aio.AioRpcError as error:
                self.read_errors[_told(error, self._indefinite)] += 1
                await asyncio.sleep(0.02)
                continue
            self._look(page)
            if token and total > max(
                (e.xp for e in page.entries if e.user_id == learner), default=0
            ):
                self._wrong.append(f"{source_of(page)} page without what its token stands for")
            await asyncio.sleep(0.002)

    async def read_standings(self, calls: Calls) -> None:
        """Asks for one learner after the other."""
        while not self._stopping:
            for learner in LEARNERS[::7]:
                request = GetStandingRequest(user_id=learner, neighbors=3)
                try:
                    standing = await calls.leaderboard.GetStanding(request, timeout=3)
                except grpc.aio.AioRpcError as error:
                    self.read_errors[_told(error, self._indefinite)] += 1
                    await asyncio.sleep(0.02)
                    continue
                as_of = standing.as_of.ToDatetime(tzinfo=UTC)
                owed = self.history.owed(as_of).get(learner, 0)
                if standing.entry.xp < owed:
                    self._wrong.append(f"{learner} stands with {standing.entry.xp} of {owed} XP")
                await asyncio.sleep(0.005)
                if self._stopping:
                    return

    def _look(self, page: GetLeaderboardResponse) -> None:
        source = source_of(page)
        self._wrong += self.history.faults(page)
        self.pages[source] += 1
        age = datetime.now(UTC) - page.as_of.ToDatetime(tzinfo=UTC)
        self._ages[source] = max(self._ages[source], age.total_seconds())

    async def seen(self, source: str, *, within_s: float = 15.0) -> float:
        """Waits for a page from `source` that was asked for from now on; milliseconds."""
        # One that is under way may have been answered before.
        enough = self.pages[source] + 2 * len(self._calls)

        async def there() -> bool:
            return self.pages[source] >= enough

        return await until(there, f"a page from {source}", within_s=within_s)

    async def went_on(self, submissions: int = 50) -> None:
        """Waits until so many more submissions are acknowledged."""
        enough = len(self.latencies) + submissions

        async def there() -> bool:
            return len(self.latencies) >= enough

        await until(there, f"{submissions} more submissions")

    def finish(self) -> None:
        self._stopping = True

    def report(self, name: str) -> None:
        """Prints what was seen, and fails on any page that broke its promise."""
        ages = {source: f"{age * 1000:.0f} ms" for source, age in self._ages.items()}
        print(
            f"\n{name}: submissions {quantiles(self.latencies)}, errors {dict(self.submit_errors)},"
            f" replayed {self.replayed}; pages {dict(self.pages)}, oldest {ages},"
            f" errors {dict(self.read_errors)}"
        )
        assert not self._wrong, f"{len(self._wrong)} wrong: {self._wrong[:5]}"
        assert self.pages, "nobody read anything"


def _told(error: grpc.aio.AioRpcError, allowed: Sequence[grpc.StatusCode]) -> str:
    """The code of an error, which must be among those allowed; held to the contract if ours."""
    assert error.code() in allowed, f"{error.code()}: {error.details()}"
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        read_refusal(error)
    return error.code().name


@asynccontextmanager
async def watched(
    name: str,
    *calls: Calls,
    indefinite: Sequence[grpc.StatusCode] = (),
    pause_s: float = 0.025,
) -> AsyncGenerator[Watch]:
    """Load and readers over servers for as long as the block runs; then no page may be wrong.

    Errors other than `indefinite` ones fail it. Attempts under way are brought to an answer.
    """
    await register(calls[0])
    watch = Watch(calls, indefinite)
    writers = 6
    async with asyncio.TaskGroup() as tasks:
        try:
            for number in range(writers):
                server = calls[number % len(calls)]
                tasks.create_task(watch.write(LEARNERS[number::writers], server, pause_s))
            for server in calls:
                tasks.create_task(watch.read(server))
                tasks.create_task(watch.read_standings(server))
            yield watch
        finally:
            watch.finish()
    watch.report(name)


def _page(*points: tuple[str, int], as_of: datetime) -> GetLeaderboardResponse:
    page = GetLeaderboardResponse(
        entries=[
            LeaderboardEntry(position=place, rank=place, user_id=user_id, xp=xp)
            for place, (user_id, xp) in enumerate(points, start=1)
        ],
        total_entries=len(points),
        source=LEADERBOARD_SOURCE_REDIS,
    )
    page.as_of.FromDatetime(as_of)
    return page


@pytest.fixture
def history() -> History:
    history = History()
    for user_id, total in (("first", 30), ("second", 15)):
        history.begin(user_id, total)
        history.acknowledge(user_id, total)
    return history


def test_the_watch_lets_a_complete_page_pass(history: History) -> None:
    assert history.faults(_page(("first", 30), ("second", 15), as_of=datetime.now(UTC))) == []


def test_the_watch_notices_a_page_without_what_was_acknowledged_before_its_as_of(
    history: History,
) -> None:
    late = _page(("first", 30), as_of=datetime.now(UTC))
    low = _page(("first", 15), ("second", 15), as_of=datetime.now(UTC))

    assert "second shown with 0 XP" in history.faults(late)[0]
    assert "first shown with 15 XP" in history.faults(low)[0]


def test_the_watch_forgives_an_old_page_that_says_so(history: History) -> None:
    old = datetime.now(UTC) - timedelta(hours=1)

    assert history.faults(_page(as_of=old)) == []


def test_the_watch_notices_a_half_built_page_and_one_that_nobody_earned(history: History) -> None:
    half = _page(("first", 30), as_of=datetime.now(UTC) - timedelta(hours=1))
    half.total_entries = 2
    unearned = _page(("first", 45), ("second", 15), as_of=datetime.now(UTC))

    assert "1 entries of 2" in history.faults(half)[0]
    assert "that nobody submitted" in history.faults(unearned)[0]
