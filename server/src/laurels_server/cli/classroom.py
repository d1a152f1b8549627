"""A class of learners at play: each goes through the levels, and looks after each pass where they
stand."""

import asyncio
import random
import time
import uuid
from dataclasses import dataclass

from laurels_server.cli.tally import Tally
from laurels_server.rpc.operator import Json, Operator, OperatorError

_QUESTIONS = 5
_SECONDS = (20, 300)
"""How long an attempt takes the learner, as recorded."""

_PAUSE_FIRST_S = 0.1
_PAUSE_MOST_S = 2.0
_PATIENCE_S = 30.0
"""How long an attempt is repeated, under its one request id, before it is given up."""

_AT_THE_END_S = 5.0
"""The same once no more attempts are begun."""

_REGISTERED_AT_ONCE = 1000

_OPEN = ("PROGRESS_STATUS_UNLOCKED", "PROGRESS_STATUS_IN_PROGRESS")
_COMPLETED = "PROGRESS_STATUS_COMPLETED"


@dataclass(slots=True)
class _Learner:
    user_id: str
    skill: float
    """The share of questions answered correctly, in the long run."""
    levels: dict[str, str] | None = None
    """The status of each level; None until asked for."""

    def next_level(self, chance: random.Random) -> str | None:
        """The first one that is open, or one to repeat; None where there is none."""
        levels = self.levels or {}
        for level_id, status in levels.items():
            if status in _OPEN:
                return level_id
        return chance.choice(list(levels)) if levels else None

    def note(self, answer: Json) -> None:
        """Remembers what an attempt changed."""
        assert self.levels is not None, "it was chosen from them"
        self.levels[answer["level_id"]] = answer["status"]
        self.levels |= dict.fromkeys(answer["unlocked_level_ids"], _OPEN[0])


class Classroom:
    """Some learners, and one server they all play on."""

    def __init__(self, server: Operator, tally: Tally, *, name: str, learners: int) -> None:
        """Learners are called `name`-001 and on."""
        self._server = server
        self._tally = tally
        self._chance = random.Random()
        self._retired: set[str] = set()
        width = max(3, len(str(learners)))
        self._learners = [
            _Learner(f"{name}-{number:0{width}d}", self._chance.uniform(0.6, 1.0))
            for number in range(1, learners + 1)
        ]
        self._stopped_at = float("inf")
        self._stop = asyncio.Event()

    async def register(self) -> None:
        """Makes the learners known. Raises OperatorError; also where there is no level to play."""
        for first in range(0, len(self._learners), _REGISTERED_AT_ONCE):
            part = self._learners[first : first + _REGISTERED_AT_ONCE]
            await self._server.register(
                (learner.user_id, learner.user_id.replace("-", " ").title()) for learner in part
            )
        await self._read_levels(self._learners[0])

    def stop(self) -> None:
        """Lets nobody begin another attempt."""
        if not self._stop.is_set():
            self._stopped_at = time.monotonic()
            self._stop.set()

    @property
    def stopped(self) -> asyncio.Event:
        """Set once nobody begins another attempt."""
        return self._stop

    async def play(self, rate: float) -> None:
        """Begins `rate` attempts a second, of all learners in turn, until it is stopped.

        Each learner makes one attempt at a time. One who has to wait longer than until the next is
        due goes on at once, and the rate is not reached.
        """
        interval = len(self._learners) / rate
        async with asyncio.TaskGroup() as group:
            for number, learner in enumerate(self._learners):
                group.create_task(self._play(learner, number / rate, interval))

    async def _play(self, learner: _Learner, first_s: float, interval: float) -> None:
        due = time.monotonic() + first_s
        while await self._pause(due - time.monotonic()):
            try:
                if learner.levels is None:
                    await self._read_levels(learner)
            except OperatorError as error:
                self._tally.reads_failed[error.reason] += 1
            else:
                await self._attempt(learner)
            due = max(due + interval, time.monotonic())

    async def _attempt(self, learner: _Learner) -> None:
        level_id = learner.next_level(self._chance)
        assert level_id is not None, "seen when the levels were read"
        correct = sum(self._chance.random() < learner.skill for _ in range(_QUESTIONS))
        answer = await self._submit(
            user_id=learner.user_id,
            level_id=level_id,
            total_questions=_QUESTIONS,
            correct_answers=correct,
            score=100 * correct // _QUESTIONS,
            time_spent_seconds=self._chance.randint(*_SECONDS),
            request_id=str(uuid.uuid4()),
        )
        if answer is None:
            # Whatever it was, it may be about what is open to this learner.
            learner.levels = None
            return
        learner.note(answer)
        if answer["passed"]:
            await self._look(learner, answer["consistency_token"])

    async def _submit(self, **attempt: str | int) -> Json | None:
        """The answer to an attempt; None where it was refused or given up."""
        tally = self._tally
        began = time.monotonic()
        pause_s = _PAUSE_FIRST_S
        tally.begun += 1
        while True:
            try:
                answer = await self._server.submit(**attempt)
            except OperatorError as error:
                if error.refused:
                    if error.reason == "LEVEL_RETIRED":
                        self._retired.add(str(attempt["level_id"]))
                    tally.refused[error.reason] += 1
                    return None
                until = min(began + _PATIENCE_S, self._stopped_at + _AT_THE_END_S)
                if time.monotonic() + pause_s > until:
                    tally.failed[error.reason] += 1
                    return None
            else:
                break
            tally.repeats += 1
            await asyncio.sleep(pause_s * self._chance.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, _PAUSE_MOST_S)
        tally.latencies.add(time.monotonic() - began)
        tally.booked += 1
        tally.passed += answer["passed"]
        tally.xp_earned += answer["xp_earned"]
        tally.replayed += answer["replayed"]
        return answer

    async def _look(self, learner: _Learner, token: str) -> None:
        began = time.monotonic()
        try:
            await self._server.standing(learner.user_id, neighbors=2, after=token)
        except OperatorError as error:
            self._tally.reads_failed[error.reason] += 1
        else:
            self._tally.read_latencies.add(time.monotonic() - began)

    async def _read_levels(self, learner: _Learner) -> None:
        levels = await self._server.progress(learner.user_id)
        learner.levels = {
            level["level_id"]: level["status"]
            for level in levels
            if level["status"] in (*_OPEN, _COMPLETED) and level["level_id"] not in self._retired
        }
        if not learner.levels:
            raise OperatorError(
                "there is no level to play; load a catalog first", reason="NO_LEVEL"
            )

    async def _pause(self, seconds: float) -> bool:
        """Waits; False as soon as nobody shall begin another attempt."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._stop.wait()
        except TimeoutError:
            return not self._stop.is_set()
        return False
