"""Every error a server sends, and every item of a batch, becomes the exception to branch on."""

import pickle

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

import laurels
from laurels import errors
from laurels.errors import FOR_GOOD, KINDS, Reason
from laurels.v1.error_reason_pb2 import ErrorReason
from laurels.v1.progress_service_pb2 import ItemError
from laurels_server.rpc.errors import STATUS
from tests.pyclient.either import Either, Kind, attempt, opened
from tests.pyclient.scripted import Failure, scripted


def told(code: grpc.StatusCode, reason: str, domain: str = "laurels", **metadata: str) -> Failure:
    """A failure with all details that there can be."""
    details = [AnyMessage(), AnyMessage(), AnyMessage()]
    facts = {"level_id": "l", **metadata}
    info = error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=facts)
    details[0].Pack(info)
    details[1].Pack(
        error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field="score", description="too much")
            ]
        )
    )
    details[2].Pack(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000)))
    status = status_pb2.Status(code=code.value[0], message="said so", details=details)
    return Failure(code, "said so", (("grpc-status-details-bin", status.SerializeToString()),))


@pytest.mark.parametrize("reason", Reason)
async def test_each_reason_arrives_with_all_it_tells(kind: Kind, reason: Reason) -> None:
    [code] = [code for ours, code in STATUS.items() if ours.value == reason.value]
    async with (
        scripted(told(code, reason.value)) as server,
        opened(kind, server.address, retry=False) as client,
    ):
        error = await client.fails("get_level", "l")
    assert type(error) is KINDS[reason].error
    assert (error.reason, error.code, error.message) == (reason, code, "said so")
    assert error.definite == KINDS[reason].definite
    assert error.retry_after == 1.5
    assert error.metadata == {"level_id": "l"}
    [violation] = error.field_violations
    assert (violation.field, violation.description) == ("score", "too much")
    assert isinstance(error.__cause__, grpc.RpcError)


@pytest.mark.parametrize("reason", Reason)
async def test_after_an_earlier_attempt_only_some_reasons_are_still_definite(
    reason: Reason,
) -> None:
    [code] = [code for ours, code in STATUS.items() if ours.value == reason.value]
    async with scripted() as server, opened("asyncio", server.address, retry=False) as client:
        # Whatever a server might tell: all but 0 stands for earlier attempts.
        for attempts in ("0", "1", "4294967295", "-1", "many", ""):
            certain = KINDS[reason].definite if attempts == "0" else reason in FOR_GOOD
            server.steps.append(told(code, reason.value, previous_attempts=attempts))
            error = await client.fails("get_level", "l")
            assert (error.reason, error.definite) == (reason, certain)
            item = ItemError(
                code=code.value[0],
                reason=ErrorReason.Value(f"ERROR_REASON_{reason}"),
                metadata={"previous_attempts": attempts},
            )
            assert laurels.item_error(item).definite == certain


async def test_an_error_after_a_repeat_of_grpcs_own_says_how_to_go_on(kind: Kind) -> None:
    away = Failure(grpc.StatusCode.UNAVAILABLE, "the answer was lost")
    full = told(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", previous_attempts="1")
    async with scripted(away, full) as server, opened(kind, server.address) as client:
        error = await client.fails("submit_progress", **attempt(user_id="u"))
    assert (type(error), error.definite) == (errors.Overloaded, False)
    assert str(error).endswith(f"[request_id {error.request_id}]")
    assert [seen.metadata.get("grpc-previous-rpc-attempts") for seen in server.seen] == [None, "1"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.FAILED_PRECONDITION, errors.Refused),
        (grpc.StatusCode.UNAUTHENTICATED, errors.Unauthenticated),
        (grpc.StatusCode.PERMISSION_DENIED, errors.PermissionDenied),
        (grpc.StatusCode.DATA_LOSS, errors.ServerDefect),
    ],
)
async def test_a_reason_of_a_newer_server_goes_by_its_status_and_is_not_certain(
    kind: Kind, code: grpc.StatusCode, expected: type[laurels.LaurelsError]
) -> None:
    async with (
        scripted(told(code, "NEVER_HEARD_OF")) as server,
        opened(kind, server.address) as client,
    ):
        error = await client.fails("get_level", "l")
    assert (type(error), error.reason, error.definite) == (expected, "NEVER_HEARD_OF", False)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(grpc.StatusCode.NOT_FOUND, "a proxy's"),
        Failure(grpc.StatusCode.NOT_FOUND, "odd", (("grpc-status-details-bin", b"\xff\xff"),)),
        told(grpc.StatusCode.NOT_FOUND, "LEVEL_NOT_FOUND", domain="somebody.else"),
        told(grpc.StatusCode.RESOURCE_EXHAUSTED, "", domain="somebody.else"),
    ],
)
async def test_without_our_details_nothing_is_certain(kind: Kind, failure: Failure) -> None:
    async with scripted(failure) as server, opened(kind, server.address) as client:
        error = await client.fails("get_level", "l")
    assert isinstance(error, errors.NotFound | errors.Overloaded)
    assert (error.reason, error.definite, error.retry_after) == ("", False, None)


async def test_the_real_server_names_the_field_and_the_rule(either: Either, learner: str) -> None:
    wrong = attempt(user_id=learner, correct_answers=6)
    error = await either.fails("submit_progress", **wrong)
    assert type(error) is errors.InvalidArgument
    assert [violation.field for violation in error.field_violations] == ["correct_answers"]
    locked = attempt(user_id=learner, level_id="puk_u1_l2")
    error = await either.fails("submit_progress", **locked)
    assert type(error) is errors.Refused
    assert error.reason == Reason.LEVEL_LOCKED
    assert error.metadata["missing_level_ids"] == "puk_u1_l1"
    assert str(error).startswith("LEVEL_LOCKED: level 'puk_u1_l2' is locked")
    error = await either.fails("get_leaderboard", page_token="x")
    assert type(error) is errors.InvalidToken
    error = await either.fails("get_user", "nobody")
    assert (type(error), error.definite) == (errors.NotFound, True)


async def test_an_item_of_a_batch_fails_as_a_single_call_would(
    either: Either, learner: str
) -> None:
    locked = attempt(level_id="puk_u1_l2", user_id=learner, request_id="one")
    alone = await either.fails("submit_progress", **locked)
    batch = await either.call("batch_submit_progress", [laurels.SubmitProgressRequest(**locked)])
    item = laurels.item_error(batch.results[0].error)
    assert (type(item), item.reason, item.code) == (type(alone), alone.reason, alone.code)
    assert (item.message, item.definite) == (alone.message, alone.definite)
    assert dict(item.metadata) == {**alone.metadata, "request_id": "one"}
    assert item.request_id == alone.request_id == "one"


async def test_an_error_crosses_to_another_process_whole(either: Either) -> None:
    error = await either.fails("award_xp", user_id="nobody here", amount=-1, source="")
    there = pickle.loads(pickle.dumps(error))
    assert type(there) is type(error)
    assert str(there) == str(error)
    assert vars(there) == vars(error)
