"""A write has one id, made once, kept for every try, and told by whatever becomes of it."""

import uuid
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

import laurels
from laurels.errors import Conflict, Refused
from laurels.v1.progress_service_pb2 import BatchSubmitProgressRequest, SubmitProgressRequest
from laurels.v1.xp_service_pb2 import AdjustXpRequest, AwardXpRequest, ReverseXpEntryRequest
from tests.pyclient.either import ATTEMPT, Either, Kind, attempt, opened
from tests.pyclient.scripted import Failure, Seen, scripted

UNAVAILABLE = Failure(grpc.StatusCode.UNAVAILABLE)

WRITES: dict[str, tuple[type[Message], dict[str, Any]]] = {
    "submit_progress": (SubmitProgressRequest, {"user_id": "u", **ATTEMPT}),
    "award_xp": (AwardXpRequest, {"user_id": "u", "amount": 1, "source": "s"}),
    "adjust_xp": (AdjustXpRequest, {"user_id": "u", "amount": 1, "reason": "r", "actor": "a"}),
    "reverse_xp_entry": (
        ReverseXpEntryRequest,
        {"user_id": "u", "entry_id": "e", "reason": "r", "actor": "a"},
    ),
}


def sent_id(made: type[Message], seen: Seen) -> str:
    request: Any = made.FromString(seen.request)
    return request.request_id


@pytest.mark.parametrize("name", WRITES)
async def test_one_id_is_made_for_all_tries_of_a_call(kind: Kind, name: str) -> None:
    made, arguments = WRITES[name]
    async with (
        scripted(UNAVAILABLE, UNAVAILABLE) as server,
        opened(kind, server.address) as client,
    ):
        await client.call(name, **arguments)
        await client.call(name, **arguments)
    ids = [sent_id(made, seen) for seen in server.seen]
    assert len(ids) == 4
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert uuid.UUID(ids[0]).version == 4


@pytest.mark.parametrize("name", WRITES)
async def test_an_error_tells_the_id_made_or_given(kind: Kind, name: str) -> None:
    made, arguments = WRITES[name]
    async with (
        scripted(*[UNAVAILABLE] * 2) as server,
        opened(kind, server.address, retry=False) as client,
    ):
        error = await client.fails(name, **arguments)
        sent = sent_id(made, server.seen[0])
        assert error.request_id == sent != ""
        assert sent in str(error)
        error = await client.fails(name, request_id="mine", **arguments)
        assert error.request_id == "mine"


async def test_the_answer_tells_the_id_and_a_repeat_with_it_counts_once(
    either: Either, learner: str
) -> None:
    first = await either.call("submit_progress", user_id=learner, **ATTEMPT)
    again = await either.call(
        "submit_progress", user_id=learner, request_id=first.request_id, **ATTEMPT
    )
    assert (first.replayed, again.replayed) == (False, True)
    assert again.attempts == first.attempts == 1
    award = await either.call("award_xp", user_id=learner, amount=1, source="cyber")
    again = await either.call(
        "award_xp", user_id=learner, amount=1, source="cyber", request_id=award.entry.request_id
    )
    assert (again.replayed, again.entry) == (True, award.entry)


async def test_an_id_used_for_something_else_is_a_conflict(either: Either, learner: str) -> None:
    await either.call("submit_progress", user_id=learner, request_id="x", **ATTEMPT)
    error = await either.fails(
        "submit_progress", **attempt(user_id=learner, request_id="x", score=1)
    )
    assert (type(error), error.reason) == (Conflict, "REQUEST_ID_REUSED")


async def test_attempts_of_a_batch_get_ids_and_stay_the_callers(
    either: Either, learner: str
) -> None:
    named = SubmitProgressRequest(user_id=learner, request_id="named", **ATTEMPT)
    unnamed = SubmitProgressRequest(user_id=learner, **ATTEMPT)
    locked = SubmitProgressRequest(**attempt(user_id=learner, level_id="puk_u2_l1"))
    # The same message twice is two attempts.
    answer = await either.call("batch_submit_progress", [named, unnamed, unnamed, locked])
    first, second, third, refused = answer.results
    assert first.response.request_id == "named"
    assert second.response.request_id != third.response.request_id
    assert [r.response.attempts for r in (first, second, third)] == [1, 2, 3]
    assert unnamed.request_id == locked.request_id == ""
    error = laurels.item_error(refused.error)
    assert type(error) is Refused
    assert uuid.UUID(error.request_id).version == 4


async def test_a_batch_that_fails_as_a_whole_tells_every_id(kind: Kind) -> None:
    attempts = [SubmitProgressRequest(request_id="a"), SubmitProgressRequest()]
    async with (
        scripted(UNAVAILABLE) as server,
        opened(kind, server.address, retry=False) as client,
    ):
        error = await client.fails("batch_submit_progress", iter(attempts))
    sent = BatchSubmitProgressRequest.FromString(server.seen[0].request)
    assert error.request_ids == tuple(attempt.request_id for attempt in sent.requests)
    assert error.request_ids[0] == "a"
    assert error.request_ids[1]
    assert error.request_id == ""
