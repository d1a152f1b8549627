"""What a history is made from: what a seed gives, and what counts as a definite failure."""

import grpc
import pytest

from laurels_server.app import App
from tests.calls import Calls
from tests.faults.history.asks import Asks, register
from tests.faults.history.calls import Call
from tests.faults.history.nemesis import Harm, schedule
from tests.faults.history.recorder import Recorder
from tests.faults.history.story import attempt
from tests.faults.sometimes import Sometimes


def test_a_seed_repeats_what_is_asked() -> None:
    def asked(seed: str) -> list[object]:
        asks = Asks("c1", seed)
        return [asks.next("") for _ in range(300)]

    assert asked("7:0:1") == asked("7:0:1")
    assert asked("7:0:1") != asked("8:0:1")


def test_a_seed_repeats_what_is_broken_and_each_round_breaks_everything() -> None:
    strikes = schedule("7:0", rounds=2, servers=3)

    assert strikes == schedule("7:0", rounds=2, servers=3)
    assert strikes != schedule("8:0", rounds=2, servers=3)
    halves = strikes[: len(Harm)], strikes[len(Harm) :]
    assert [{strike.harm for strike in half} for half in halves] == [set(Harm), set(Harm)]


def test_what_never_happened_is_told() -> None:
    sometimes = Sometimes()
    sometimes.saw("rain")
    sometimes.saw("snow", times=0)

    assert sometimes.never_seen({"rain", "snow", "hail"}) == {"snow", "hail"}
    assert (sometimes.times("rain"), str(Sometimes())) == (1, "nothing")


@pytest.fixture
async def recorder(calls: Calls) -> Recorder:
    await register(calls)
    return Recorder([calls])


def outcome(call: Call) -> tuple[bool, str, str, bool]:
    assert call.invoked <= call.completed
    return call.answer is not None, call.code, call.reason, call.definite


async def test_only_our_own_errors_with_a_definite_code_are_definite(recorder: Recorder) -> None:
    booked = await recorder.make("c1", 0, 5.0, attempt("runner-01", "id", "first-1"))
    refused = await recorder.make("c1", 0, 5.0, attempt("runner-01", "id-2", "none"))
    late = await recorder.make("c1", 0, 0.0, attempt("runner-01", "id-3", "first-1"))

    assert outcome(booked) == (True, "", "", False)
    assert outcome(refused) == (False, "NOT_FOUND", "LEVEL_NOT_FOUND", True)
    # Who says so, the server or the transport, is a matter of luck.
    assert (late.code, late.definite) == ("DEADLINE_EXCEEDED", False)
    assert [call.indefinite for call in recorder.history.calls] == [False, False, True]


async def test_each_item_of_a_batch_has_an_outcome_of_its_own(recorder: Recorder) -> None:
    items = [attempt("runner-01", "id", "first-1"), attempt("runner-01", "id-2", "none")]

    calls = await recorder.make_batch("c1", 0, 5.0, [*items, items[0]])

    assert [outcome(call)[0] for call in calls] == [True, False, True]
    assert outcome(calls[1]) == (False, "NOT_FOUND", "LEVEL_NOT_FOUND", True)
    assert [call.replayed for call in calls] == [False, False, True]
    assert {call.batch for call in calls} == {calls[0].number}


async def test_a_batch_that_fails_as_a_whole_fails_each_item(recorder: Recorder) -> None:
    calls = await recorder.make_batch("c1", 0, 0.0, [attempt("runner-01", "id", "first-1")] * 2)

    assert [(call.code, call.definite) for call in calls] == [("DEADLINE_EXCEEDED", False)] * 2


async def test_an_answer_too_large_for_the_transport_is_no_refusal(app: App) -> None:
    limit = [("grpc.max_receive_message_length", 10)]
    async with grpc.aio.insecure_channel(app.address, options=limit) as channel:
        narrow = Recorder([Calls(channel)])
        call = await narrow.make("c1", 0, 5.0, attempt("scout-001", "id", "puk_u1_l1"))

    assert outcome(call) == (False, "RESOURCE_EXHAUSTED", "", False)
