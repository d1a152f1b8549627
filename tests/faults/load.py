"""Callers that go on whatever breaks, and an account of what they were told."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import grpc

from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from tests.calls import Calls, attempt
from tests.e2e.process import until
from tests.faults.checks import BEST, FIRST, INDEFINITE, LEARNERS, promised
from tests.faults.matrix import Row
from tests.sql import Sql


@dataclass(frozen=True, slots=True)
class Answered:
    """An attempt, its answer, and the errors that came before it."""

    request: SubmitProgressRequest
    answer: SubmitProgressResponse
    errors: Sequence[str] = ()

    @property
    def tries(self) -> int:
        return len(self.errors) + 1


async def answered(
    calls: Calls,
    request: SubmitProgressRequest,
    *,
    within_s: float = 20.0,
    errors: list[str] | None = None,
) -> Answered:
    """The answer to an attempt that is tried with one id until there is one.

    Each failed try adds the name of its status to `errors`.
    """
    started = time.monotonic()
    errors = [] if errors is None else errors
    while True:
        try:
            answer = await calls.progress.SubmitProgress(request, timeout=6.0)
        except grpc.aio.AioRpcError as error:
            failure = error
        else:
            return Answered(request, answer, errors)
        assert failure.code() in INDEFINITE, f"{failure.code()}: {failure.details()}"
        errors.append(failure.code().name)
        assert time.monotonic() - started < within_s, f"never answered: {failure.details()}"
        await asyncio.sleep(0.03)


@dataclass(slots=True)
class Load:
    """Callers that send one attempt after the other, and keep what they were answered."""

    calls: Calls
    seed: int
    name: str = "request"
    """What its request ids begin with."""
    sent: list[SubmitProgressRequest] = field(default_factory=list[SubmitProgressRequest])
    answers: list[Answered] = field(default_factory=list[Answered])
    within_s: float = 20.0
    """How long an attempt may take, with all its tries."""
    _errors: list[list[str]] = field(default_factory=list[list[str]])
    _callers: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _stopping: bool = False

    @property
    def retried(self) -> int:
        return sum(one.tries > 1 for one in self.answers)

    def start(self, callers: int) -> None:
        """Sends until `finish`; each attempt is tried until it is answered."""
        chance = random.Random(self.seed)
        self._callers += [asyncio.create_task(self._caller(chance)) for _ in range(callers)]

    @property
    def refused(self) -> int:
        """How many tries failed so far."""
        return sum(map(len, self._errors))

    async def went_on(self, answers: int = 50) -> float:
        """Waits until so many more are answered; returns how long that took, in seconds."""
        enough = len(self.answers) + answers
        return await self._until(lambda: len(self.answers) >= enough, f"{answers} more answers")

    async def was_refused(self, times: int = 50) -> float:
        """Waits until so many more tries failed; returns how long that took, in seconds."""
        enough = self.refused + times
        return await self._until(lambda: self.refused >= enough, f"{times} more errors")

    async def _until(self, holds: Callable[[], bool], what: str) -> float:
        async def there() -> bool:
            for caller in self._callers:
                if caller.done():
                    caller.result()
            return holds()

        return await until(there, what, within_s=60)

    async def finish(self) -> None:
        """Sends nothing new, and waits until all is answered."""
        self._stopping = True
        await asyncio.gather(*self._callers)

    async def _caller(self, chance: random.Random) -> None:
        while not self._stopping:
            request = attempt(
                chance.choice(LEARNERS),
                chance.choice([*FIRST, *BEST]),
                f"{self.name}-{len(self.sent)}",
                chance.randint(2, 5),
            )
            self.sent.append(request)
            self._errors.append([])
            self.answers.append(
                await answered(self.calls, request, within_s=self.within_s, errors=self._errors[-1])
            )


async def assert_answered_again(calls: Calls, answers: Sequence[Answered]) -> None:
    """Everything ever answered is answered the same again, as a replay."""
    for start in range(0, len(answers), 500):
        some = answers[start : start + 500]
        again = await calls.progress.BatchSubmitProgress(
            BatchSubmitProgressRequest(requests=[one.request for one in some])
        )
        for result, one in zip(again.results, some, strict=True):
            assert result.HasField("response"), f"{one.request.request_id}: {result.error}"
            assert result.response.replayed, f"{one.request.request_id} was lost: {one.answer}"
            assert promised(result.response) == promised(one.answer)


async def account(row: Row, sql: Sql, answers: Iterable[Answered]) -> None:
    """Puts down in the row what callers saw, and what of their answers PostgreSQL lost."""
    submissions = await _ids(sql, "SELECT learner_key, request_id FROM submissions")
    entries = await _ids(sql, "SELECT learner_key, request_id FROM xp_entries WHERE kind = 'LEVEL'")
    for one in answers:
        row.saw.update(Counter(one.errors))
        row.saw["OK, replayed" if one.answer.replayed else "OK"] += 1
        row.acknowledged += 1
        name = (one.request.user_id, one.request.request_id)
        row.lost += name not in submissions or (one.answer.xp_earned > 0 and name not in entries)


async def _ids(sql: Sql, query: str) -> set[tuple[str, str]]:
    rows = await sql.fetch(
        f"SELECT user_id, request_id FROM ({query}) written JOIN users USING (learner_key)"
    )
    return {(row["user_id"], row["request_id"]) for row in rows}
