"""What every rule of the state machine works on, and what must hold after each of them."""

from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from laurels_server.domain.catalog import Level
from laurels_server.domain.standings import Page
from laurels_server.domain.xp import XpPolicy
from laurels_server.postgres import boards as fresh
from laurels_server.redis.boards import Run
from laurels_server.redis.connection import ProjectionAway
from laurels_server.usecases.learners import ProfileChange
from tests.faults.sometimes import Sometimes
from tests.faults.state.model import Model
from tests.faults.state.promises import hold_postgres, hold_run, numbered, shown
from tests.faults.state.world import SERVERS, Server, Stored, World

LEVELS: Final = [
    Level("open", xp_reward=10),
    Level("after-open", xp_reward=10, prerequisite_level_ids=("open",)),
    Level("best", xp_reward=20, xp_policy=XpPolicy.BEST_SCORE, pass_ratio=0.5),
    Level(
        "after-both",
        xp_reward=15,
        xp_policy=XpPolicy.BEST_SCORE,
        pass_ratio=0.25,
        prerequisite_level_ids=("best", "open"),
    ),
    Level("retired", xp_reward=10, retired=True),
    Level("after-retired", xp_reward=10, prerequisite_level_ids=("retired",)),
]

USERS: Final = tuple(f"u{number}" for number in range(8))
"""Those who may be asked for; the first of them are registered from the start."""

FROM_THE_START: Final = 5

WHOLE: Final = 1_000
"""A page on which everyone has room."""


at_either = st.sampled_from(SERVERS)


class Scenario(RuleBasedStateMachine):
    """Two servers and the model of what they must have done."""

    def __init__(self, world: World, sometimes: Sometimes) -> None:
        super().__init__()
        self.world = world
        self.sometimes = sometimes
        self.model = Model(LEVELS)
        self.damaged: set[str] = set()
        self.replaceable = True
        self._before: Stored | None = None
        self._renamed_by: dict[str, str] = {}
        world.begin(LEVELS)
        self.name("a", {user_id: user_id.upper() for user_id in USERS[:FROM_THE_START]})

    def server(self, at: str) -> Server:
        """One of the two."""
        return self.world.servers[at]

    def name(self, at: str, names: Mapping[str, str]) -> None:
        """Registers learners, or gives them other names."""
        changes = [
            ProfileChange(user_id, name, (), frozenset({"display_name"}))
            for user_id, name in names.items()
        ]
        profiles = self.world.run(self.server(at).learners.upsert(changes, validate_only=False))
        assert {profile.user_id: profile.display_name for profile in profiles} == names
        for profile in profiles:
            if profile.user_id in self.model.learners:
                self.model.rename(profile.user_id, profile.display_name)
            else:
                self.model.register(profile.user_id, profile.display_name, profile.learner_key)
            self._renamed_by[profile.user_id] = at

    @invariant()
    def every_promise_holds(self) -> None:
        """The ledger is the model's, PostgreSQL shows it, and Redis shows it or says nothing."""
        self.world.run(self._hold_every_promise())

    async def _hold_every_promise(self) -> None:
        await hold_postgres(self.world.sql, self.model)
        page = await self.world.database.read(
            lambda connection: fresh.page_from(connection, 0, WHOLE)
        )
        board = numbered(self.model.board(), self.model)
        assert shown(page.entries) == board
        assert page.total_entries == len(board)
        stored = await self.world.stored()
        self._hold_progress(stored)
        run = await self.redis_shows(stored)
        if run is not None:
            hold_run(run, self.model)
        self._note_board()

    async def redis_shows(self, stored: Stored | None) -> Run | None:
        """The whole board as Redis answers it; None when it must not answer, and does not."""
        try:
            run = await self.server("a").boards.page_from(0, WHOLE)
        except ProjectionAway:
            assert stored is None or stored.name in self.damaged, "a whole projection is refused"
            return None
        assert stored is not None
        assert stored.name not in self.damaged, "a damaged projection is shown"
        assert list(run.places) == stored.places
        assert run.moment.watermark == stored.watermark
        return run

    def _hold_progress(self, stored: Stored | None) -> None:
        """A watermark never goes back, and nothing is replaced without a reason."""
        before, self._before = self._before, stored
        if stored is not None and before is not None and stored.name == before.name:
            assert stored.watermark >= before.watermark, "the watermark went back"
        elif stored != before:
            assert self.replaceable, f"{before} was replaced by {stored}"
        self.replaceable = False

    def hold_names(self, at: str, page: Page, *, current: bool) -> None:
        """Names are those of now; another server's rename may show a few seconds later."""
        for entry in page.entries:
            user_id = entry.name.user_id
            names = self.model.learners[user_id].names
            if current or self._renamed_by[user_id] == at:
                assert entry.name.display_name == names[-1]
            assert entry.name.display_name in names

    def _note_board(self) -> None:
        keys = [place.rank_key for place in self.model.board()]
        self.sometimes.saw("a tie", times=len(keys) - len(set(keys)))
        last = self.model.ledger[-1] if self.model.ledger else None
        if last is not None and last.total_after == 0 and last.amount:
            self.sometimes.saw("a place given up")
