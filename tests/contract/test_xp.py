"""XpService: awards, corrections, and the account they add up to."""

import asyncio
from collections.abc import Awaitable

import grpc
import pytest

from laurels.v1.progress_service_pb2 import GetSubmissionRequest
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import (
    XP_ENTRY_KIND_ADJUSTMENT,
    XP_ENTRY_KIND_AWARD,
    XP_ENTRY_KIND_LEVEL,
    XP_ENTRY_KIND_RENAME,
    XP_ENTRY_KIND_REVERSAL,
    AdjustXpRequest,
    AdjustXpResponse,
    AwardXpRequest,
    AwardXpResponse,
    GetXpAccountRequest,
    ListXpEntriesRequest,
    ReverseXpEntryRequest,
    ReverseXpEntryResponse,
    XpEntry,
)
from laurels_server.domain.xp import XP_MAX
from tests.calls import Calls, refusal
from tests.sql import Sql

ADA = "scout-001"
BOB = "scout-002"


def award(
    calls: Calls,
    request_id: str = "a1",
    amount: int = 40,
    *,
    user_id: str = ADA,
    source: str = "cyber",
    reference: str = "challenge-7",
    reason: str = "",
) -> Awaitable[AwardXpResponse]:
    return calls.xp.AwardXp(
        AwardXpRequest(
            request_id=request_id,
            user_id=user_id,
            amount=amount,
            source=source,
            reference=reference,
            reason=reason,
        )
    )


def adjust(
    calls: Calls, amount: int, request_id: str = "d1", *, user_id: str = ADA, reason: str = "typo"
) -> Awaitable[AdjustXpResponse]:
    return calls.xp.AdjustXp(
        AdjustXpRequest(
            request_id=request_id, user_id=user_id, amount=amount, reason=reason, actor="leader-9"
        )
    )


def reverse(
    calls: Calls, entry_id: str, request_id: str = "r1", *, user_id: str = ADA
) -> Awaitable[ReverseXpEntryResponse]:
    return calls.xp.ReverseXpEntry(
        ReverseXpEntryRequest(
            request_id=request_id,
            user_id=user_id,
            entry_id=entry_id,
            reason="cheated",
            actor="leader-9",
        )
    )


async def entries(calls: Calls, user_id: str = ADA, *, include_zero: bool = False) -> list[XpEntry]:
    answer = await calls.xp.ListXpEntries(
        ListXpEntriesRequest(user_id=user_id, include_zero=include_zero)
    )
    return list(answer.entries)


async def total(calls: Calls, user_id: str = ADA) -> int:
    answer = await calls.xp.GetXpAccount(GetXpAccountRequest(user_id=user_id))
    return answer.account.total_xp


async def booked(sql: Sql) -> list[int]:
    """How much is stored, to see that nothing was."""
    return [
        await sql.fetchval(f"SELECT count(*) FROM {table}")
        for table in ("xp_entries", "submissions", "progress")
    ] + [await sql.fetchval("SELECT sum(total_xp) FROM users")]


async def test_an_award_adds_to_the_total_and_reaches_the_board(calls: Calls) -> None:
    await calls.submit(ADA, "puk_u1_l1")

    answer = await award(calls, reason="solved it")

    assert (answer.total_xp, answer.replayed) == (55, False)
    assert (answer.entry.amount, answer.entry.total_after) == (40, 55)
    assert answer.entry.kind == XP_ENTRY_KIND_AWARD
    assert (answer.entry.source, answer.entry.reference) == ("cyber", "challenge-7")
    assert answer.entry.reason == "solved it"
    assert answer.entry.counts_at == answer.entry.recorded_at
    page = await calls.board(consistency_token=answer.consistency_token)
    assert [(entry.user_id, entry.xp) for entry in page.entries] == [(ADA, 55)]


async def test_the_same_request_answers_the_first_answer_again(calls: Calls) -> None:
    first = await award(calls)
    await adjust(calls, 5)

    again = await award(calls)

    assert again.replayed
    assert (again.entry, again.total_xp) == (first.entry, 40)
    assert await total(calls) == 45


async def test_a_reference_counts_once_whatever_the_request(calls: Calls) -> None:
    first = await award(calls, "a1")

    again = await award(calls, "a2")

    assert (again.replayed, again.entry, again.total_xp) == (True, first.entry, 40)
    assert await total(calls) == 40


async def test_an_id_that_was_answered_by_a_known_reference_is_taken(calls: Calls) -> None:
    first = await award(calls, "a1")
    await award(calls, "a2")

    again = await award(calls, "a2")
    refused = await refusal(award(calls, "a2", reference="challenge-8"))

    assert (again.replayed, again.entry) == (True, first.entry)
    assert (refused.code.name, refused.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")
    assert await total(calls) == 40


async def test_a_reference_with_another_amount_is_refused(calls: Calls, sql: Sql) -> None:
    await award(calls, "a1", 40)
    before = await booked(sql)

    refused = await refusal(award(calls, "a2", 41))

    assert refused.code is grpc.StatusCode.ALREADY_EXISTS
    assert refused.reason == "REFERENCE_ALREADY_AWARDED"
    assert refused.metadata == {"source": "cyber", "reference": "challenge-7", "amount": "40"}
    assert await booked(sql) == before


async def test_the_same_reference_counts_for_each_source_and_learner(calls: Calls) -> None:
    await award(calls, "a1")
    await award(calls, "a2", source="quest")
    await award(calls, "a1", user_id=BOB)

    assert (await total(calls), await total(calls, BOB)) == (80, 40)


async def test_without_a_reference_every_request_counts(calls: Calls) -> None:
    await award(calls, "a1", reference="")
    await award(calls, "a2", reference="")

    assert await total(calls) == 80


async def test_many_at_once_with_one_reference_count_once(calls: Calls) -> None:
    answers = await asyncio.gather(*(award(calls, f"a{n}") for n in range(20)))

    assert sum(not answer.replayed for answer in answers) == 1
    assert await total(calls) == 40


async def test_request_ids_are_one_namespace_across_all_calls(calls: Calls, sql: Sql) -> None:
    await calls.submit(ADA, "puk_u1_l1", request_id="one")
    await award(calls, "two")
    before = await booked(sql)

    refusals = [
        await refusal(award(calls, "one", reference="other")),
        await refusal(adjust(calls, 5, "two")),
        await refusal(adjust(calls, 5, "one")),
        await refusal(calls.submit(ADA, "puk_u1_l1", request_id="two")),
    ]

    assert {refused.reason for refused in refusals} == {"REQUEST_ID_REUSED"}
    assert {refused.code for refused in refusals} == {grpc.StatusCode.ALREADY_EXISTS}
    assert await booked(sql) == before


async def test_a_correction_goes_down_as_well_as_up_and_moves_the_board(calls: Calls) -> None:
    await award(calls, "a1", 40)
    await award(calls, "a1", 30, user_id=BOB)

    answer = await adjust(calls, -15)

    assert (answer.total_xp, answer.entry.amount) == (25, -15)
    assert answer.entry.kind == XP_ENTRY_KIND_ADJUSTMENT
    assert (answer.entry.actor, answer.entry.reason) == ("leader-9", "typo")
    page = await calls.board(consistency_token=answer.consistency_token)
    assert [(entry.user_id, entry.xp) for entry in page.entries] == [(BOB, 30), (ADA, 25)]


async def test_a_total_back_at_zero_leaves_the_board(calls: Calls) -> None:
    await award(calls, "a1", 40)

    answer = await adjust(calls, -40)

    page = await calls.board(consistency_token=answer.consistency_token)
    assert (list(page.entries), page.total_entries) == ([], 0)


@pytest.mark.parametrize("amount", [-41, XP_MAX - 39])
async def test_a_total_out_of_range_is_refused_whole(calls: Calls, sql: Sql, amount: int) -> None:
    await award(calls, "a1", 40)
    before = await booked(sql)

    refused = await refusal(adjust(calls, amount))

    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "XP_OUT_OF_RANGE"
    assert refused.metadata == {"total_xp": "40", "amount": str(amount)}
    assert "out of its range, 0 to 536870911" in refused.message
    assert await booked(sql) == before


async def test_the_largest_total_can_be_reached(calls: Calls) -> None:
    await award(calls, "a1", 40)

    assert (await adjust(calls, XP_MAX - 40)).total_xp == XP_MAX


async def test_a_reversal_takes_back_exactly_one_entry_and_counts_when_it_did(
    calls: Calls,
) -> None:
    first = await award(calls, "a1", 40)
    await award(calls, "a2", 30, reference="other")

    answer = await reverse(calls, first.entry.entry_id)

    assert (answer.total_xp, answer.entry.amount) == (30, -40)
    assert answer.entry.kind == XP_ENTRY_KIND_REVERSAL
    assert answer.entry.reverses_entry_id == first.entry.entry_id
    assert answer.entry.counts_at == first.entry.counts_at
    assert answer.entry.recorded_at.ToDatetime() > first.entry.recorded_at.ToDatetime()
    again = await reverse(calls, first.entry.entry_id)
    assert (again.replayed, again.entry) == (True, answer.entry)
    page = await calls.board(consistency_token=answer.consistency_token)
    assert [(entry.user_id, entry.xp) for entry in page.entries] == [(ADA, 30)]


async def test_an_entry_is_reversed_at_most_once(calls: Calls, sql: Sql) -> None:
    first = await award(calls)
    await reverse(calls, first.entry.entry_id, "r1")
    before = await booked(sql)

    refused = await refusal(reverse(calls, first.entry.entry_id, "r2"))

    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "ENTRY_NOT_REVERSIBLE"
    assert refused.metadata == {"entry_id": first.entry.entry_id}
    assert await booked(sql) == before


async def test_many_reversals_at_once_take_an_entry_back_once(calls: Calls) -> None:
    first = await award(calls)

    outcomes = await asyncio.gather(
        *(reverse(calls, first.entry.entry_id, f"r{n}") for n in range(10)), return_exceptions=True
    )

    assert sum(isinstance(outcome, ReverseXpEntryResponse) for outcome in outcomes) == 1
    assert await total(calls) == 0


async def test_a_reversal_is_not_reversed(calls: Calls) -> None:
    first = await award(calls)
    reversal = await reverse(calls, first.entry.entry_id)

    refused = await refusal(reverse(calls, reversal.entry.entry_id, "r2"))

    assert refused.reason == "ENTRY_NOT_REVERSIBLE"


async def test_a_rename_is_not_reversed(calls: Calls) -> None:
    await calls.users.UpsertUsers(
        UpsertUsersRequest(users=[User(user_id=ADA, display_name="Ada Lovelace")])
    )
    [*_, rename] = await entries(calls, include_zero=True)

    refused = await refusal(reverse(calls, rename.entry_id))

    assert refused.reason == "ENTRY_NOT_REVERSIBLE"


async def test_a_reversal_that_would_leave_the_range_is_refused(calls: Calls) -> None:
    first = await award(calls, "a1", 40)
    await adjust(calls, -10)

    refused = await refusal(reverse(calls, first.entry.entry_id))

    assert refused.reason == "XP_OUT_OF_RANGE"


async def test_an_unknown_entry_or_another_learners_is_not_found(calls: Calls, sql: Sql) -> None:
    theirs = await award(calls, user_id=BOB)
    mine = await award(calls)
    before = await booked(sql)

    refusals = [
        await refusal(reverse(calls, theirs.entry.entry_id)),
        await refusal(reverse(calls, "nothing-of-the-kind")),
        await refusal(reverse(calls, mine.consistency_token)),
    ]

    assert {refused.code for refused in refusals} == {grpc.StatusCode.NOT_FOUND}
    assert {refused.reason for refused in refusals} == {"ENTRY_NOT_FOUND"}
    assert await booked(sql) == before


async def test_a_reversed_level_is_not_earned_again(calls: Calls) -> None:
    await calls.submit(ADA, "puk_u1_l1")
    [level] = await entries(calls)
    assert (level.kind, level.source, level.reference) == (
        XP_ENTRY_KIND_LEVEL,
        "training",
        "puk_u1_l1",
    )
    await reverse(calls, level.entry_id)

    again = await calls.submit(ADA, "puk_u1_l1")

    assert (again.xp_earned, again.total_xp) == (0, 0)
    await calls.submit(ADA, "puk_u1_l2")


async def test_a_reversed_award_is_not_earned_again(calls: Calls) -> None:
    first = await award(calls, "a1")
    await reverse(calls, first.entry.entry_id)

    again = await award(calls, "a2")

    assert (again.replayed, again.entry) == (True, first.entry)
    assert await total(calls) == 0


Request = (
    AwardXpRequest
    | AdjustXpRequest
    | ReverseXpEntryRequest
    | GetXpAccountRequest
    | ListXpEntriesRequest
)

WRONG: list[tuple[Request, str]] = [
    (AwardXpRequest(user_id=ADA, amount=1, source="cyber"), "request_id"),
    (AwardXpRequest(request_id="a", amount=1, source="cyber"), "user_id"),
    (AwardXpRequest(request_id="a", user_id=ADA, source="cyber"), "amount"),
    (AwardXpRequest(request_id="a", user_id=ADA, source="cyber", amount=-1), "amount"),
    (AwardXpRequest(request_id="a", user_id=ADA, source="cyber", amount=1_000_001), "amount"),
    (AwardXpRequest(request_id="a", user_id=ADA, amount=1), "source"),
    (AwardXpRequest(request_id="a", user_id=ADA, amount=1, source="training"), "source"),
    (AwardXpRequest(request_id="a", user_id=ADA, amount=1, source="a b"), "source"),
    (
        AwardXpRequest(request_id="a", user_id=ADA, amount=1, source="c", reference="\x00"),
        "reference",
    ),
    (
        AwardXpRequest(request_id="a", user_id=ADA, amount=1, source="c", reason="x" * 501),
        "reason",
    ),
    (AdjustXpRequest(user_id=ADA, amount=1, reason="r", actor="me"), "request_id"),
    (AdjustXpRequest(request_id="a", user_id=ADA, reason="r", actor="me"), "amount"),
    (
        AdjustXpRequest(request_id="a", user_id=ADA, reason="r", actor="me", amount=-(2**29)),
        "amount",
    ),
    (AdjustXpRequest(request_id="a", user_id=ADA, amount=1, actor="me"), "reason"),
    (
        AdjustXpRequest(request_id="a", user_id=ADA, amount=1, actor="me", reason="a\nb"),
        "reason",
    ),
    (AdjustXpRequest(request_id="a", user_id=ADA, amount=1, reason="r"), "actor"),
    (ReverseXpEntryRequest(user_id=ADA, entry_id="e", reason="r", actor="me"), "request_id"),
    (ReverseXpEntryRequest(request_id="a", user_id=ADA, reason="r", actor="me"), "entry_id"),
    (ReverseXpEntryRequest(request_id="a", user_id=ADA, entry_id="e", actor="me"), "reason"),
    (ReverseXpEntryRequest(request_id="a", user_id=ADA, entry_id="e", reason="r"), "actor"),
    (GetXpAccountRequest(user_id=" "), "user_id"),
    (ListXpEntriesRequest(user_id=""), "user_id"),
    (ListXpEntriesRequest(user_id=ADA, page_size=-1), "page_size"),
    (ListXpEntriesRequest(user_id=ADA, page_token="?"), "page_token"),
]


@pytest.mark.parametrize(
    ("request_", "field"),
    WRONG,
    ids=[f"{type(request).__name__}-{field}-{n}" for n, (request, field) in enumerate(WRONG)],
)
async def test_a_wrong_field_is_named_and_nothing_is_written(
    calls: Calls,
    sql: Sql,
    request_: Request,
    field: str,
) -> None:
    before = await booked(sql)
    name = type(request_).__name__.removesuffix("Request")

    refused = await refusal(getattr(calls.xp, name)(request_))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert set(refused.fields) == {field}
    assert await booked(sql) == before


async def test_an_unknown_learner_has_no_account(calls: Calls) -> None:
    refusals = [
        await refusal(award(calls, user_id="nobody")),
        await refusal(adjust(calls, 5, user_id="nobody")),
        await refusal(reverse(calls, "e", user_id="nobody")),
        await refusal(calls.xp.GetXpAccount(GetXpAccountRequest(user_id="nobody"))),
        await refusal(calls.xp.ListXpEntries(ListXpEntriesRequest(user_id="nobody"))),
    ]

    assert {refused.reason for refused in refusals} == {"LEARNER_NOT_FOUND"}


async def test_an_account_is_the_sum_of_its_entries_newest_first(calls: Calls) -> None:
    await calls.submit(ADA, "puk_u1_l1")
    await award(calls)
    await adjust(calls, -5)
    await award(calls, user_id=BOB)

    listed = await entries(calls)

    assert [entry.amount for entry in listed] == [-5, 40, 15]
    assert [entry.total_after for entry in listed] == [50, 55, 15]
    answer = await calls.xp.GetXpAccount(GetXpAccountRequest(user_id=ADA))
    assert (answer.account.total_xp, answer.account.entry_count) == (50, 3)
    assert answer.account.reached_at == listed[0].recorded_at


async def test_entries_are_walked_page_by_page(calls: Calls) -> None:
    for number in range(7):
        await award(calls, f"a{number}", number + 1, reference="")

    seen: list[int] = []
    token = ""
    while True:
        page = await calls.xp.ListXpEntries(
            ListXpEntriesRequest(user_id=ADA, page_size=3, page_token=token)
        )
        seen += [entry.amount for entry in page.entries]
        await award(calls, f"later-{len(seen)}", 99, reference="")
        token = page.next_page_token
        if not token:
            break

    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_entries_that_move_no_xp_are_listed_on_request(calls: Calls) -> None:
    await award(calls)
    await calls.users.UpsertUsers(
        UpsertUsersRequest(users=[User(user_id=ADA, display_name="Ada", group_ids=["troop:otter"])])
    )

    assert [entry.kind for entry in await entries(calls)] == [XP_ENTRY_KIND_AWARD]
    assert [entry.kind for entry in await entries(calls, include_zero=True)] == [
        XP_ENTRY_KIND_RENAME,
        XP_ENTRY_KIND_AWARD,
    ]


async def test_get_submission_tells_of_account_changes_too(calls: Calls) -> None:
    first = await award(calls, "a1")

    answer = await calls.progress.GetSubmission(GetSubmissionRequest(user_id=ADA, request_id="a1"))

    assert answer.submission.WhichOneof("outcome") == "entry"
    assert answer.submission.entry == first.entry
