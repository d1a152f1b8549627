"""Rules that move Redis along, get in its way, or take it apart."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from laurels_server.redis.connection import ProjectionAway
from laurels_server.redis.projection import Applied
from laurels_server.usecases.rebuild import Building
from tests.faults.sometimes import Sometimes
from tests.faults.state.deliveries import Delivery
from tests.faults.state.scenario import Scenario, at_either
from tests.faults.state.world import SERVERS, Stored, World

STEP_MOST: Final = 2
"""What the relays take of the ledger, and of the learners, at a time: so little that a handful is
many."""

SCAN_MOST: Final = 3

deliveries = st.sampled_from([Delivery.ON_TIME, Delivery.ON_TIME, *Delivery])
anyone = st.integers(0, 50)

Part = Literal["a member", "the board"]

On = Literal["a part", "two parts", "to its end", "no further"]


@dataclass(slots=True)
class Build:
    """A build that is done part by part."""

    parts: AsyncGenerator[Building]
    replaces: str
    """The generation in use when it began."""
    name: str = ""
    ends: list[int] = field(default_factory=list[int])
    """The ledger's end before each part."""
    lost: bool = False
    """Whether what was built was taken away since."""
    overtaken: bool = False
    """Whether another generation came into use since."""
    in_use: bool = False
    """Whether it was put in place."""


class Relays(Scenario):
    """The relays' steps and builds, and what may happen to them."""

    def __init__(self, world: World, sometimes: Sometimes) -> None:
        super().__init__(world, sometimes)
        self.builds: dict[str, Build] = {}
        self.drain()

    def teardown(self) -> None:
        for at in tuple(self.builds):
            self._leave(at)
        self.drain()

    @rule(at=at_either, delivery=deliveries, times=st.integers(1, 3))
    def step(self, at: str, delivery: Delivery, times: int) -> None:
        """Steps of a relay; of the last one, the write may go astray."""
        for left in reversed(range(times)):
            self._step(at, Delivery.ON_TIME if left else delivery)

    @rule(back=anyone)
    @precondition(lambda self: bool(self.world.letters))
    def deliver_again_or_at_last(self, back: int) -> None:
        """What was sent before arrives now: it changes nothing unless all is as it was then."""
        letter = self.world.letters[-1 - back % len(self.world.letters)]
        before = self.world.run(self.world.everything())
        generation = self.world.run(self.server("a").projection.generation(letter.generation.name))
        verdict = self.world.run(letter.deliver())
        if generation != letter.generation:
            assert verdict is Applied.SUPERSEDED
            self.sometimes.saw("a superseded delivery")
        else:
            self.sometimes.saw("a late delivery in time")
        if verdict is not Applied.APPLIED:
            assert self.world.run(self.world.everything()) == before

    @rule(back=anyone)
    @precondition(lambda self: bool(self.world.parts))
    def deliver_part_again_or_at_last(self, back: int) -> None:
        """A part of a build arrives now, which arrived before: it changes nothing."""
        part = self.world.parts[-1 - back % len(self.world.parts)]
        before = self.world.run(self.world.everything())
        with suppress(ProjectionAway):
            self.world.run(part())
        assert self.world.run(self.world.everything()) == before
        self.sometimes.saw("a late part of a build")

    @rule(what=st.sampled_from(["a member", "a member", "the board", "everything"]), which=anyone)
    def lose(self, what: Part | Literal["everything"], which: int) -> None:
        """Redis loses a member of the generation in use, all of them, or all it has."""
        if what == "everything":
            self._empty()
            return
        stored = self.world.run(self.world.stored())
        if stored is not None and self._lose(stored.name, what, which):
            self.damaged.add(stored.name)

    @rule(at=at_either, part=st.sampled_from(["a member", "the board"]), which=anyone)
    @precondition(lambda self: bool(self.builds))
    def lose_of_build(self, at: str, part: Part, which: int) -> None:
        """A generation that is being built, or has just been, loses the same."""
        build = self.builds.get(at)
        if build is not None and self._lose(build.name, part, which):
            build.lost = True
            self.damaged.add(build.name)

    @rule(
        at=at_either,
        on=st.sampled_from(["a part", "a part", "two parts", "to its end", "no further"]),
        delivery=deliveries,
    )
    def build(self, at: str, on: On, delivery: Delivery = Delivery.ON_TIME) -> None:
        """Goes on with a server's build, or begins one; the last write may go astray."""
        parts = {"a part": 1, "two parts": 2, "to its end": 1_000, "no further": 1}[on]
        if at not in self.builds:
            self._begin_build(at)
            parts -= 1
        elif on == "no further":
            self._leave(at)
            self.sometimes.saw("a build left half-way")
        for left in reversed(range(parts)):
            if at not in self.builds:
                return
            self._build_part(at, Delivery.ON_TIME if left else delivery)

    @rule()
    def drain(self) -> None:
        """Once quiet, Redis shows exactly what PostgreSQL does, and keeps nothing of no use."""
        for at in SERVERS:
            steps = 0
            while self._step(at, Delivery.ON_TIME) is not False:
                steps += 1
                assert steps <= self.model.end + 5, "the relay does not come to an end"
        stored = self.world.run(self.world.stored())
        run = self.world.run(self.redis_shows(stored))
        assert run is not None
        assert run.moment.watermark == self.model.end
        assert list(run.places) == self.model.board()
        self._hold_keys()
        self.every_promise_holds()

    def _empty(self) -> None:
        self.world.run(self.world.redis.flushdb())
        self.replaceable = True
        for build in self.builds.values():
            build.lost = True

    def _step(self, at: str, delivery: Delivery) -> bool | None:
        """One step, which moves a whole projection by its bounded part or builds it anew."""
        before = self.world.run(self.world.stored())
        whole = before is not None and before.name not in self.damaged
        self.replaceable |= not whole
        more = self.world.run(self.server(at).step(delivery))
        after = self.world.run(self.world.stored())
        assert (more is None) == (delivery is not Delivery.ON_TIME)
        if before is not None and whole:
            assert after is not None
            assert after.name == before.name
            moved = min(before.watermark + STEP_MOST, self.model.end)
            arrived = delivery is Delivery.ON_TIME or (
                delivery is Delivery.ANSWER_LOST and self._was_sent_to(before)
            )
            assert after.watermark == (moved if arrived else before.watermark)
            assert more in (None, moved < self.model.end)
        elif more is None:
            assert after == before
        else:
            assert after is not None
            assert after.watermark == self.model.end
            assert after.name not in self.damaged
            self.sometimes.saw("damage noticed" if before else "an empty Redis built anew")
        return more

    def _was_sent_to(self, stored: Stored) -> bool:
        """Whether the last pass was; a relay first tries where it left a projection, which another
        may have moved since."""
        sent_to = self.world.letters[-1].generation
        return (sent_to.name, sent_to.watermark.seq) == (stored.name, stored.watermark)

    def _begin_build(self, at: str) -> None:
        """Begins a build and waits for the first that it tells."""
        stored = self.world.run(self.world.stored())
        before = set(self.world.run(self.world.everything()))
        parts = self.server(at).relay.rebuilding("for the test")
        self.builds[at] = Build(parts, stored.name if stored else "")
        self._build_part(at)
        after = set(self.world.run(self.world.everything()))
        [meta] = [name for name in after - before if name.endswith(":meta")]
        self.builds[at].name = meta.split(":")[-2]

    def _build_part(self, at: str, delivery: Delivery = Delivery.ON_TIME) -> None:
        """Goes on with a build until it tells of its next part, ends or fails."""
        build = self.builds[at]
        before = self._name_in_use()
        build.overtaken |= before != build.replaces
        build.ends.append(self.model.end)
        projection = self.server(at).projection
        projection.next = delivery
        try:
            told = self.world.run(anext(build.parts, None))
        except ProjectionAway:
            assert build.lost or delivery is not Delivery.ON_TIME
            assert self._name_in_use() == before
            self._forget(at)
            self.sometimes.saw("a build failed")
            return
        finally:
            projection.next = Delivery.ON_TIME
        if told is None:
            if not build.in_use:
                assert build.overtaken or build.lost
                self.sometimes.saw("a build overtaken")
            self._forget(at)
            return
        assert 0 <= told.share <= 1
        assert told.in_use == (self._name_in_use() != before)
        if told.in_use:
            self._put_in_place(build, before, told)

    def _put_in_place(self, build: Build, before: str, told: Building) -> None:
        """A build came into use: it had caught up, and replaced what it set out to replace."""
        stored = self.world.run(self.world.stored())
        assert stored is not None
        assert (stored.name, before) == (build.name, build.replaces)
        # The last pass was made at the latest when the part before this one was.
        assert stored.watermark == told.upto.seq >= build.ends[-2]
        build.in_use = self.replaceable = True
        self.sometimes.saw("a build finished")

    def _leave(self, at: str) -> None:
        """Gives a build up."""
        before = self.world.run(self.world.stored())
        self.world.run(self.builds[at].parts.aclose())
        assert self.world.run(self.world.stored()) == before
        self._forget(at)

    def _forget(self, at: str) -> None:
        """A build is over. Unless it came into use, nothing is left of it."""
        build = self.builds.pop(at)
        if not build.in_use and build.name:
            left = [name for name in self.world.run(self.world.everything()) if build.name in name]
            assert not left

    def _name_in_use(self) -> str:
        stored = self.world.run(self.world.stored())
        return stored.name if stored else ""

    def _lose(self, generation: str, part: Part, which: int) -> bool:
        """Takes a part of a generation away; whether there was any."""
        board = self.world.keys.board(generation)
        if part == "the board":
            return bool(self.world.run(self.world.redis.delete(board)))
        members = sorted(cast(list[str], self.world.run(self.world.redis.zrange(board, 0, -1))))
        if not members:
            return False
        self.world.run(self.world.redis.zrem(board, members[which % len(members)]))
        return True

    def _hold_keys(self) -> None:
        """What is in use stays; all else disappears by itself."""
        keys, name = self.world.keys, self._name_in_use()
        used = {keys.current, keys.generations, keys.meta(name), keys.board(name)}
        for key, (_, expires) in self.world.run(self.world.everything()).items():
            assert expires == (key not in used), f"{key}: {expires}"
