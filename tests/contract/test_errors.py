"""Errors are those of the contract: the codes, the reasons and the facts that it documents."""

import re
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.field_mask_pb2 import FieldMask

from laurels.v1.audit_service_pb2 import RebuildProjectionRequest
from laurels.v1.catalog_service_pb2 import Level, UpsertLevelsRequest
from laurels.v1.error_reason_pb2 import ErrorReason
from laurels.v1.progress_service_pb2 import GetSubmissionRequest
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels_server.domain.errors import LaurelsError, Reason
from laurels_server.rpc.errors import STATUS
from tests.calls import Calls, refusal
from tests.contract.wire import send

PROTO = Path(__file__).parents[2] / "protos/laurels/v1/error_reason.proto"

LONG = "%" * 120
"""Percent signs take three times the room in a status message."""


def documented() -> dict[str, str]:
    """The comment above each reason, as one line."""
    comments: dict[str, str] = {}
    comment: list[str] = []
    for line in PROTO.read_text().splitlines():
        text = line.strip()
        if text.startswith("//"):
            comment.append(text.removeprefix("//").strip())
        elif value := re.match(r"ERROR_REASON_(\w+) = \d+;", text):
            comments[value[1]] = " ".join(comment)
            comment = []
        else:
            comment = []
    return comments


def test_every_reason_is_in_the_contract_and_has_a_status_and_the_other_way_round() -> None:
    in_contract = {
        value.name.removeprefix("ERROR_REASON_") for value in ErrorReason.DESCRIPTOR.values
    }

    assert {reason.value for reason in Reason} == in_contract - {"UNSPECIFIED"}
    assert set(STATUS) == set(Reason)


def test_every_reason_is_sent_with_the_status_that_is_documented() -> None:
    codes = {reason: re.split(r"[,.]", comment)[0] for reason, comment in documented().items()}

    assert codes.pop("UNSPECIFIED") == "Never sent"
    assert codes == {reason.value: code.name for reason, code in STATUS.items()}


def test_every_reason_has_one_error() -> None:
    def leaves(kind: type[LaurelsError]) -> Iterator[type[LaurelsError]]:
        for below in kind.__subclasses__():
            yield below
            yield from leaves(below)

    assert sorted(kind.reason for kind in leaves(LaurelsError)) == sorted(Reason)


async def test_errors_carry_the_metadata_that_is_documented(
    calls: Calls, without_redis: Calls
) -> None:
    await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(
            levels=[Level(level_id="gone", retired=True), Level(level_id="rich", xp_reward=10)]
        )
    )
    await calls.submit("scout-001", "puk_u1_l1", request_id="first")
    refusals = [
        await refusal(call)
        for call in (
            calls.submit("nobody", "puk_u1_l1"),
            calls.submit("scout-001", "nothing"),
            calls.board(leaderboard_id="weekly"),
            calls.progress.GetSubmission(
                GetSubmissionRequest(user_id="scout-001", request_id="never")
            ),
            calls.submit("scout-001", "puk_u1_l3"),
            calls.submit("scout-001", "gone"),
            calls.submit("scout-001", "puk_u1_l1", request_id="first", correct=4),
            calls.catalog.UpsertLevels(
                UpsertLevelsRequest(levels=[Level(level_id="a", prerequisite_level_ids=["zz"])])
            ),
            calls.catalog.UpsertLevels(
                UpsertLevelsRequest(levels=[Level(level_id="a", prerequisite_level_ids=["a"])])
            ),
            send(without_redis.channel, RebuildProjectionRequest()),
        )
    ]

    assert len({refused.reason for refused in refusals}) == len(refusals)
    comments = documented()
    for refused in refusals:
        _, _, facts = comments[refused.reason].partition("Metadata:")
        assert set(refused.metadata) == set(re.findall(r"`(\w+)`", facts))
        assert all(refused.metadata.values())


async def test_the_longest_errors_still_reach_a_client_whole(calls: Calls) -> None:
    ids = [f"{number:04d}{LONG}" for number in range(1000)]
    required = [Level(level_id=level_id) for level_id in ids[:32]]
    await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(
            levels=[*required, Level(level_id="top" + LONG, prerequisite_level_ids=ids[:32])]
        )
    )
    circle = [
        Level(level_id=level_id, prerequisite_level_ids=[ids[number - 1]])
        for number, level_id in enumerate(ids)
    ]

    locked = await refusal(calls.submit("scout-001", "top" + LONG))
    assert locked.metadata["missing_level_ids"].split(",") == ids[:8]
    cyclic = await refusal(calls.catalog.UpsertLevels(UpsertLevelsRequest(levels=circle)))
    assert cyclic.reason == "PREREQUISITE_CYCLE"
    told = cyclic.metadata["cycle_level_ids"].split(",")
    assert len(told) == 8
    assert set(told) < set(ids)
    for message in (
        UpsertUsersRequest(users=[User(user_id="é" * 200, display_name="\0")] * 1000),
        UpsertUsersRequest(users=[User(user_id="a", group_ids=["é" * 99] * 32)] * 300),
        UpsertLevelsRequest(levels=[Level(level_id=" ", title="\0" * 300, position=-1)] * 1000),
        UpsertUsersRequest(users=[User(user_id="a")], update_mask=FieldMask(paths=["🦊" * 99_999])),
    ):
        refused = await refusal(send(calls.channel, message))
        assert refused.reason == "INVALID_FIELD"
        assert refused.fields
