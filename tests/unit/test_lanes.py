import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from laurels_server.domain.errors import Internal, LearnerNotFound, Overloaded, ShuttingDown
from laurels_server.domain.ledger import LedgerPoint
from laurels_server.domain.progress import Answer, Outcome, ProgressStatus, Submission
from laurels_server.usecases import lanes as lanes_module
from laurels_server.usecases.booking import Held, Receipt, Result
from laurels_server.usecases.lanes import Lanes

POINT = LedgerPoint(1, datetime(2026, 1, 1, tzinfo=UTC))


def attempt(user_id: str, request_id: str = "") -> Submission:
    return Submission(request_id, user_id, "knot", 1, 5, 5, 1)


def receipt(submission: Submission) -> Receipt:
    answer = Answer(
        submission.request_id,
        submission.user_id,
        submission.level_id,
        ProgressStatus.COMPLETED,
        passed=True,
        score=1,
        correct_answers=5,
        total_questions=5,
        xp_earned=15,
        total_xp=15,
        best_score=1,
        attempts=1,
        unlocked_level_ids=(),
    )
    return Receipt(Outcome(answer, replayed=False), POINT)


class Book:
    """Books nothing, and remembers what it was handed. Waits for `gate`."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.by_learner: defaultdict[str, list[str]] = defaultdict(list)
        self.gate = asyncio.Event()
        self.held: set[str] = set()
        self.release = asyncio.Event()

    async def book(self, submissions: Sequence[Submission], *, alone: bool = False) -> list[Result]:
        self.batches.append([s.request_id for s in submissions])
        await self.gate.wait()
        if alone:
            await self.release.wait()
        results: list[Result] = []
        for submission in submissions:
            if submission.user_id == "nobody":
                results.append(LearnerNotFound("nobody"))
            elif submission.user_id in self.held and not alone:
                results.append(Held.HELD)
            else:
                self.by_learner[submission.user_id].append(submission.request_id)
                results.append(receipt(submission))
        return results


def lanes(book: Book, *, count: int = 1, batch_most: int = 100, waiting_most: int = 100) -> Lanes:
    return Lanes(book, lanes=count, batch_most=batch_most, waiting_most=waiting_most)


async def begin(made: Lanes, *submissions: Submission) -> list[asyncio.Task[Receipt]]:
    tasks = [asyncio.create_task(made.submit(submission)) for submission in submissions]
    await asyncio.sleep(0.01)
    return tasks


async def test_what_arrives_while_a_batch_is_booked_forms_the_next() -> None:
    book = Book()
    made = lanes(book)
    tasks = await begin(made, attempt("ada", "1"))
    tasks += await begin(made, attempt("ada", "2"), attempt("bob", "3"))
    tasks += await begin(made, attempt("ada", "4"))

    book.gate.set()
    await asyncio.gather(*tasks)

    assert book.batches == [["1"], ["2", "3", "4"]]
    await made.drain()


async def test_a_batch_is_bounded() -> None:
    book = Book()
    made = lanes(book, batch_most=2)
    tasks = await begin(made, attempt("ada", "0"))
    tasks += await begin(made, *(attempt("ada", str(n)) for n in range(1, 6)))

    book.gate.set()
    await asyncio.gather(*tasks)

    assert book.batches == [["0"], ["1", "2"], ["3", "4"], ["5"]]
    await made.drain()


async def test_one_learner_is_never_in_two_batches_at_once() -> None:
    book = Book()
    made = lanes(book, count=8)
    tasks = await begin(made, *(attempt("ada", str(n)) for n in range(20)))

    assert len(book.batches) == 1
    book.gate.set()
    await asyncio.gather(*tasks)

    assert book.by_learner["ada"] == [str(n) for n in range(20)]
    await made.drain()


async def test_a_slow_lane_does_not_hold_up_another() -> None:
    book = Book()
    made = lanes(book, count=8)

    await begin(made, *(attempt(f"learner-{n}", str(n)) for n in range(50)))

    assert len(book.batches) > 1
    book.gate.set()
    await made.drain()


async def test_each_caller_gets_its_own_outcome() -> None:
    book = Book()
    book.gate.set()
    made = lanes(book)

    outcomes = await asyncio.gather(
        *(made.submit(attempt(user)) for user in ("ada", "nobody", "bob")), return_exceptions=True
    )

    assert isinstance(outcomes[0], Receipt)
    assert isinstance(outcomes[1], LearnerNotFound)
    assert isinstance(outcomes[2], Receipt)
    await made.drain()


async def test_an_attempt_nobody_waits_for_is_dropped_before_it_begins() -> None:
    book = Book()
    made = lanes(book)
    tasks = await begin(made, attempt("ada", "1"))
    [abandoned, kept] = await begin(made, attempt("ada", "2"), attempt("ada", "3"))
    abandoned.cancel()
    await asyncio.wait({abandoned})

    book.gate.set()
    await asyncio.gather(*tasks, kept)

    assert book.batches == [["1"], ["3"]]
    await made.drain()


async def test_a_held_learner_is_set_aside_and_the_lane_goes_on() -> None:
    book = Book()
    book.gate.set()
    book.held.add("ada")
    made = lanes(book)
    held = await begin(made, attempt("ada", "1"), attempt("bob", "2"))
    more = await begin(made, attempt("ada", "3"), attempt("bob", "4"), attempt("ada", "5"))

    assert book.by_learner == {"bob": ["2", "4"]}
    book.release.set()
    await asyncio.gather(*held, *more)

    assert book.by_learner["ada"] == ["1", "3", "5"]
    await made.drain()


async def test_a_learner_once_held_comes_back_to_the_lane() -> None:
    book = Book()
    book.gate.set()
    book.held.add("ada")
    book.release.set()
    made = lanes(book)
    await made.submit(attempt("ada", "1"))
    book.held.clear()
    book.release.clear()

    await asyncio.wait_for(made.submit(attempt("ada", "2")), 1)
    await made.drain()


async def test_too_much_waiting_is_turned_away_before_it_begins() -> None:
    book = Book()
    made = lanes(book, waiting_most=2)
    tasks = await begin(made, attempt("ada", "1"), attempt("ada", "2"))

    with pytest.raises(Overloaded):
        await made.submit(attempt("ada", "3"))
    book.gate.set()
    await asyncio.gather(*tasks)
    await made.submit(attempt("ada", "4"))

    assert book.by_learner["ada"] == ["1", "2", "4"]
    await made.drain()


async def test_draining_finishes_what_was_taken_and_takes_nothing_new() -> None:
    book = Book()
    book.held.add("bob")
    made = lanes(book)
    tasks = await begin(made, attempt("ada", "1"))
    tasks += await begin(made, attempt("ada", "2"), attempt("bob", "3"))
    draining = asyncio.create_task(made.drain())
    await asyncio.sleep(0.01)

    with pytest.raises(ShuttingDown):
        await made.submit(attempt("ada", "4"))
    assert not draining.done()
    book.gate.set()
    book.release.set()
    await draining

    assert all(task.done() for task in tasks)
    assert book.by_learner == {"ada": ["1", "2"], "bob": ["3"]}


async def test_draining_waits_for_a_batch_whose_caller_has_gone() -> None:
    book = Book()
    made = lanes(book)
    [gone] = await begin(made, attempt("ada", "1"))
    gone.cancel()
    await asyncio.wait({gone})
    draining = asyncio.create_task(made.drain())
    await asyncio.sleep(0.01)

    assert not draining.done()
    book.gate.set()
    await draining

    assert book.by_learner == {"ada": ["1"]}


async def test_attempts_given_up_still_count_until_the_lane_has_let_go_of_them() -> None:
    book = Book()
    made = lanes(book, waiting_most=3)
    await begin(made, attempt("ada", "1"))
    [abandoned] = await begin(made, attempt("ada", "2"))
    abandoned.cancel()
    await asyncio.wait({abandoned})
    await begin(made, attempt("ada", "3"))

    with pytest.raises(Overloaded):
        await made.submit(attempt("ada", "4"))
    book.gate.set()
    await made.drain()


async def test_a_defect_is_answered_and_the_lane_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    book.gate.set()
    made = lanes(book)
    working = book.book

    async def broken(submissions: Sequence[Submission], *, alone: bool = False) -> list[Result]:
        raise RuntimeError("a defect")

    monkeypatch.setattr(book, "book", broken)
    with pytest.raises(Internal):
        await made.submit(attempt("ada", "1"))
    monkeypatch.setattr(book, "book", working)

    await made.submit(attempt("ada", "2"))
    await made.drain()


@pytest.mark.parametrize("together", [1, 3])
async def test_a_lane_rests_after_a_batch_of_several_and_not_after_one(
    monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(lanes_module, "_REST_S", 10.0)
    monkeypatch.setattr(lanes_module, "_REST_MOST_S", 0.2)
    book = Book()
    book.gate.set()
    made = lanes(book)
    await asyncio.gather(*await begin(made, *(attempt("ada", str(n)) for n in range(together))))

    late = await begin(made, attempt("bob", "late"))

    assert [len(batch) for batch in book.batches] == ([1, 1] if together == 1 else [3])
    await asyncio.gather(*late)
    assert book.batches[-1] == ["late"]
    await made.drain()


async def test_a_batch_call_gets_results_in_its_own_order_and_refusals_among_them() -> None:
    book = Book()
    book.gate.set()
    made = lanes(book, waiting_most=2)

    results = await made.submit_all([attempt("ada", "1"), attempt("nobody"), attempt("bob")])

    assert [type(result) for result in results] == [Receipt, LearnerNotFound, Overloaded]
    await made.drain()
    (closed,) = await made.submit_all([attempt("ada", "2")])
    assert isinstance(closed, ShuttingDown)
