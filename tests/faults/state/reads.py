"""Rules that read: pages, places, and walks through all pages while other things happen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from laurels_server.domain.errors import InvalidConsistencyToken, LearnerNotFound
from laurels_server.domain.ledger import LedgerPoint
from laurels_server.domain.standings import Page, Place, Source, Standing
from tests.faults.sometimes import Sometimes
from tests.faults.state.model import in_order, xp_of
from tests.faults.state.promises import numbered, shown
from tests.faults.state.scenario import WHOLE, at_either
from tests.faults.state.world import World
from tests.faults.state.writes import Writes, history, users


@dataclass(slots=True)
class Walk:
    """A way through all pages, one page at a time."""

    size: int
    began_at: int
    """The ledger's end when it began."""
    complete_to: int
    """Every page showed at least what the ledger held up to here."""
    after: Place | None = None
    pages: int = 0
    passed: list[Place] = field(default_factory=list[Place])


class Reads(Writes):
    """What readers are answered, by Redis or by PostgreSQL."""

    def __init__(self, world: World, sometimes: Sometimes) -> None:
        super().__init__(world, sometimes)
        self.walk: Walk | None = None

    @rule(at=at_either, skipped=st.integers(0, 6), size=st.sampled_from([1, 3, WHOLE]))
    def page(self, at: str, skipped: int, size: int) -> None:
        self._page(at, skipped, size)

    @rule(at=at_either, back=history, at_another_time=st.booleans())
    @precondition(lambda self: bool(self.points))
    def page_that_includes(self, at: str, back: int, at_another_time: bool) -> None:
        """With a consistency point: of what was booked, or of a moment that never was."""
        point = self.points[-1 - back % len(self.points)]
        if at_another_time:
            never = replace(point, recorded_at=point.recorded_at + timedelta(seconds=1))
            ahead = LedgerPoint(self.model.end + 1, point.recorded_at)
            for wrong in (never, ahead):
                self._refused(at, wrong)
        else:
            self._page(at, 0, WHOLE, point)

    @rule(at=at_either, user=users, neighbors=st.sampled_from([0, 1, 2, 50]))
    def standing(self, at: str, user: str, neighbors: int) -> None:
        board = self._answering(at, None)
        reading = self.server(at).leaderboard.standing(user, neighbors, None)
        learner = self.model.learners.get(user)
        if learner is None:
            try:
                self.world.run(reading)
            except LearnerNotFound:
                return
            raise AssertionError(f"{user} is told of, and unknown")
        told = self.world.run(reading)
        assert told.entry.name.user_id == user
        assert told.entry.xp == learner.total or told.placed
        places = self.model.board() if board is None else board
        mine = next((place for place in places if place.learner_key == learner.key), None)
        if mine is None and learner.total:
            # Redis has not heard of the place yet, PostgreSQL has.
            assert told.source is Source.POSTGRES
            places = self.model.board()
            mine = learner.place(learner.standings[-1])
        else:
            self._hold_source(told.source, board)
        self._hold_standing(told, places, mine, neighbors)

    @rule(at=at_either, size=st.integers(1, 3), pages=st.integers(1, 2))
    def walk_on(self, at: str, size: int, pages: int) -> None:
        """Reads the next pages, of whichever server; where there are none, the first ones."""
        walk = self.walk or Walk(size, self.model.end, self.model.end)
        for _ in range(pages):
            if self._at_the_end(at, walk):
                return

    def _at_the_end(self, at: str, walk: Walk) -> bool:
        """Reads a walk's next page; whether it was the last."""
        page, places = self._page(at, walk.after or 0, walk.size)
        if page.source is Source.REDIS:
            stored = self.world.run(self.world.stored())
            assert stored is not None
            walk.complete_to = min(walk.complete_to, stored.watermark)
        walk.pages += 1
        walk.passed += places
        walk.after = page.next_after
        if page.next_after is None:
            self.walk = None
            self._hold_walk(walk)
            return True
        self.walk = walk
        return False

    def _hold_walk(self, walk: Walk) -> None:
        """Whoever did not move was passed once; nobody was passed in the wrong order."""
        assert walk.passed == in_order(walk.passed)
        passed = Counter(place.learner_key for place in walk.passed)
        for user_id, learner in self.model.learners.items():
            places = learner.places_since(walk.complete_to)
            if len(places) == 1:
                assert passed[learner.key] == (None not in places), f"{user_id} did not move"
        moved = any(
            len(learner.places_since(walk.began_at)) > 1 for learner in self.model.learners.values()
        )
        if moved and walk.pages > 1:
            self.sometimes.saw("a walk while others moved")

    def _page(
        self, at: str, start: Place | int, size: int, include: LedgerPoint | None = None
    ) -> tuple[Page, Sequence[Place]]:
        """A page as it must be, and the places on it."""
        board = self._answering(at, include)
        page = self.world.run(self.server(at).leaderboard.page(start, size, include))
        self._hold_source(page.source, board)
        places = self.model.board() if board is None else board
        begin = start if isinstance(start, int) else _up_to(places, start)
        end = begin + size
        assert shown(page.entries) == numbered(places, self.model)[begin:end]
        assert page.total_entries == len(places)
        assert page.next_after == (places[end - 1] if end < len(places) else None)
        self.hold_names(at, page, current=page.source is Source.POSTGRES)
        return page, places[begin:end]

    def _answering(self, at: str, include: LedgerPoint | None) -> Sequence[Place] | None:
        """The board of Redis if that has to answer; None where PostgreSQL has to."""
        stored = self.world.run(self.world.stored())
        if stored is None or stored.name in self.damaged or self.server(at).breaker.is_open:
            return None
        if include is not None and stored.watermark < include.seq:
            return None
        return stored.places

    def _hold_source(self, source: Source, board: Sequence[Place] | None) -> None:
        assert source is (Source.POSTGRES if board is None else Source.REDIS)
        self.sometimes.saw("a read from PostgreSQL" if board is None else "a read from Redis")

    def _hold_standing(
        self, told: Standing, places: Sequence[Place], mine: Place | None, neighbors: int
    ) -> None:
        rows = numbered(places, self.model)
        assert told.total_entries == len(places)
        assert told.placed == (mine is not None)
        if mine is None:
            assert (told.entry.position, told.entry.rank, told.percentile) == (0, 0, 0.0)
            assert not told.above
            assert not told.below
            return
        index = places.index(mine)
        assert shown(told.above) == rows[max(0, index - neighbors) : index]
        assert shown([told.entry]) == [rows[index]]
        assert shown(told.below) == rows[index + 1 : index + 1 + neighbors]
        lesser = sum(xp_of(place) < xp_of(mine) for place in places)
        assert told.percentile == 100 * lesser / len(places)

    def _refused(self, at: str, point: LedgerPoint) -> None:
        try:
            self.world.run(self.server(at).leaderboard.page(0, WHOLE, point))
        except InvalidConsistencyToken as refusal:
            self.sometimes.saw(f"refused: {refusal.reason}")
        else:
            raise AssertionError(f"a moment that never was is included: {point}")


def _up_to(places: Sequence[Place], last: Place) -> int:
    """How many places come before the page that follows `last`."""
    return sum(
        (place.rank_key, place.learner_key) >= (last.rank_key, last.learner_key) for place in places
    )
