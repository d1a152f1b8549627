"""Registering, renaming and regrouping learners, and what the ledger keeps of it."""

import asyncio
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from laurels.v1.leaderboard_service_pb2 import GetStandingRequest
from laurels.v1.user_service_pb2 import GetUserRequest, UpsertUsersRequest, User
from tests.calls import Calls, refusal
from tests.contract.boards import until_redis
from tests.contract.conftest import Steady
from tests.contract.wire import contents
from tests.sql import Sql


async def upsert(
    calls: Calls, *users: User, mask: Iterable[str] = (), validate_only: bool = False
) -> list[User]:
    answer = await calls.users.UpsertUsers(
        UpsertUsersRequest(
            users=users, update_mask=FieldMask(paths=mask), validate_only=validate_only
        )
    )
    return list(answer.users)


async def get(calls: Calls, user_id: str) -> User:
    return (await calls.users.GetUser(GetUserRequest(user_id=user_id))).user


def told(user: User) -> tuple[str, list[str]]:
    return user.display_name, list(user.group_ids)


async def ledger(sql: Sql) -> list[tuple[str, str, int, int, object]]:
    """Whose entry it is, its kind, amount, total and details."""
    rows = await sql.fetch(
        "SELECT u.user_id, e.kind, e.amount, e.total_after, e.details"
        " FROM xp_entries e JOIN users u USING (learner_key) ORDER BY seq"
    )
    return [(*tuple(row)[:4], json.loads(row["details"] or "{}")) for row in rows]


ADA = User(user_id="ada", display_name="Ada", group_ids=["troop:owl", "patrol:1"])


async def test_a_new_learner_is_registered_with_nothing_booked(calls: Calls, sql: Sql) -> None:
    before = await sql.fetchval("SELECT clock_timestamp()")
    [answer] = await upsert(calls, ADA)
    after = await sql.fetchval("SELECT clock_timestamp()")

    assert answer == await get(calls, "ada")
    assert told(answer) == ("Ada", ["patrol:1", "troop:owl"])
    assert answer.total_xp == 0
    registered = answer.registered_at.ToDatetime(UTC)
    assert before <= registered <= after
    assert await ledger(sql) == []
    # And may submit at once.
    assert (await calls.submit("ada", "puk_u1_l1")).total_xp == 15
    assert (await get(calls, "ada")).total_xp == 15


async def test_what_laurels_sets_itself_is_ignored_in_requests(calls: Calls) -> None:
    long_ago = Timestamp()
    long_ago.FromDatetime(datetime(1990, 1, 1, tzinfo=UTC))
    await calls.submit("scout-001", "puk_u1_l1")

    for user_id in ("ada", "scout-001"):
        await upsert(calls, User(user_id=user_id, total_xp=-5, registered_at=long_ago))

    assert (await get(calls, "ada")).total_xp == 0
    assert (await get(calls, "scout-001")).total_xp == 15
    assert (await get(calls, "ada")).registered_at.ToDatetime(UTC) > datetime.now(UTC) - timedelta(
        hours=1
    )


async def test_without_a_mask_name_and_groups_are_replaced(calls: Calls) -> None:
    [before] = await upsert(calls, ADA)

    [after] = await upsert(calls, User(user_id="ada"))

    assert told(after) == told(await get(calls, "ada")) == ("", [])
    assert after.registered_at == before.registered_at


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (["display_name"], ("Countess", ["patrol:1", "troop:owl"])),
        (["group_ids"], ("Ada", ["patrol:2"])),
        (["group_ids", "display_name", "group_ids"], ("Countess", ["patrol:2"])),
    ],
)
async def test_with_a_mask_only_what_it_names_is_replaced(
    calls: Calls, mask: list[str], expected: tuple[str, list[str]]
) -> None:
    await upsert(calls, ADA)

    changed = User(user_id="ada", display_name="Countess", group_ids=["patrol:2"])
    new = User(user_id="bea", display_name="Bea", group_ids=["patrol:3"])
    answers = await upsert(calls, changed, new, mask=mask)

    assert [told(user) for user in answers] == [expected, ("Bea", ["patrol:3"])]
    assert [await get(calls, "ada"), await get(calls, "bea")] == answers


async def test_only_validating_answers_as_if_and_stores_nothing(calls: Calls, sql: Sql) -> None:
    await upsert(calls, ADA)
    before = await contents(sql)

    answers = await upsert(
        calls,
        User(user_id="ada", display_name="Countess"),
        User(user_id="bea", display_name="Bea", group_ids=["b", "a"]),
        validate_only=True,
    )

    assert [told(user) for user in answers] == [("Countess", []), ("Bea", ["a", "b"])]
    assert await contents(sql) == before
    assert (await refusal(get(calls, "bea"))).reason == "LEARNER_NOT_FOUND"


async def test_one_bad_learner_keeps_the_whole_call_out(calls: Calls, sql: Sql) -> None:
    before = await contents(sql)

    refused = await refusal(upsert(calls, ADA, User(user_id="b b"), User(user_id="c")))

    assert set(refused.fields) == {"users[1].user_id"}
    assert await contents(sql) == before


async def test_a_call_may_hold_1000_learners_old_and_new_and_answers_in_their_order(
    calls: Calls, sql: Sql
) -> None:
    ids = [f"n{n * 7 % 950:03d}" for n in range(950)] + [f"scout-{n:03d}" for n in range(50, 0, -1)]

    answers = await upsert(calls, *(User(user_id=i, display_name=f"is {i}") for i in ids))

    assert [user.user_id for user in answers] == ids
    assert [user.display_name for user in answers] == [f"is {i}" for i in ids]
    assert await sql.fetchval("SELECT count(*) FROM users WHERE display_name ~ '^is '") == 1000


async def test_a_learner_may_be_in_32_groups(calls: Calls) -> None:
    groups = [f"g{n * 5 % 32:02d}" for n in range(32)]

    [answer] = await upsert(calls, User(user_id="ada", group_ids=groups))

    assert list(answer.group_ids) == sorted(groups)
    [answer] = await upsert(calls, User(user_id="ada", group_ids=groups[:1]))
    assert list((await get(calls, "ada")).group_ids) == groups[:1]


async def test_an_unknown_learner_is_not_found(steady: Steady) -> None:
    refused = await refusal(get(steady.calls, "nobody"))

    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "LEARNER_NOT_FOUND")
    assert refused.metadata == {"user_id": "nobody"}


async def test_renames_and_group_changes_leave_what_was_before_in_the_ledger(
    calls: Calls, sql: Sql
) -> None:
    await upsert(calls, ADA)
    await calls.submit("ada", "puk_u1_l1")
    reached = await sql.fetchval("SELECT reached_at FROM users WHERE user_id = 'ada'")

    await upsert(calls, User(user_id="ada", display_name="Countess"), mask=["display_name"])
    await upsert(calls, User(user_id="ada", group_ids=["troop:owl"]), mask=["group_ids"])
    await upsert(calls, User(user_id="ada", group_ids=["x"]), User(user_id="bea"))

    assert await ledger(sql) == [
        ("ada", "LEVEL", 15, 15, {}),
        ("ada", "RENAME", 0, 15, {"display_name": "Ada"}),
        ("ada", "GROUPS", 0, 15, {"group_ids": ["patrol:1", "troop:owl"]}),
        ("ada", "RENAME", 0, 15, {"display_name": "Countess"}),
        ("ada", "GROUPS", 0, 15, {"group_ids": ["troop:owl"]}),
    ]
    # They move nobody: the place is held since the XP last changed.
    [row] = await sql.fetch("SELECT total_xp, reached_at, version FROM users WHERE user_id = 'ada'")
    assert tuple(row) == (15, reached, 5)


async def test_an_upsert_that_changes_nothing_books_nothing(calls: Calls, sql: Sql) -> None:
    await upsert(calls, ADA)
    before = await contents(sql)

    same = User(user_id="ada", display_name="Ada", group_ids=["patrol:1", "troop:owl"])
    await upsert(calls, same)
    await upsert(calls, User(user_id="ada", display_name="Ada"), mask=["display_name"])

    assert await contents(sql) == before


async def test_the_leaderboard_shows_a_new_name_at_once(calls: Calls) -> None:
    answer = await calls.submit("scout-001", "puk_u1_l1")
    assert answer.consistency_token
    for name in ("Ada", "", "Bea", "🦊"):
        await calls.board(consistency_token=answer.consistency_token)
        await upsert(calls, User(user_id="scout-001", display_name=name), mask=["display_name"])

        page = await calls.board(consistency_token=answer.consistency_token)
        standing = await calls.leaderboard.GetStanding(
            GetStandingRequest(user_id="scout-001", consistency_token=answer.consistency_token)
        )
        assert [entry.display_name for entry in page.entries] == [name]
        assert standing.entry.display_name == name


async def test_the_leaderboard_stays_readable_and_right_while_learners_are_renamed(
    calls: Calls,
) -> None:
    ids = [f"scout-{number:03d}" for number in range(1, 31)]
    last = [await calls.submit(user_id, "puk_u1_l1") for user_id in ids][-1]
    await until_redis(calls, last.consistency_token)

    async def rename(user_id: str) -> None:
        for number in range(30):
            user = User(user_id=user_id, display_name=str(number))
            await upsert(calls, user, mask=["display_name"])

    async def read() -> None:
        for _ in range(60):
            assert len((await calls.board()).entries) == 30

    await asyncio.gather(*(rename(user_id) for user_id in ids[:8]), *(read() for _ in range(4)))
    names = {entry.user_id: entry.display_name for entry in (await calls.board()).entries}
    assert {names[user_id] for user_id in ids[:8]} == {"29"}


@pytest.mark.parametrize(
    "name",
    [
        "🧭" * 128,
        "👩‍👩‍👧‍👦 Familie",
        "\u202e\u0645\u0631\u062d\u0628\u0627\u202c",
        "שלום",
        "Zoë Ångström",
        "Z\u0308",
        "日本語",
        "' OR 1=1; --",
        '{"a": "\\u0000"}',
        "  spaced  ",
        "\u200b",
        "\U0010ffff",
        "",
    ],
)
async def test_names_come_back_just_as_they_were_given(
    calls: Calls, without_redis: Calls, name: str
) -> None:
    await upsert(calls, User(user_id="ada", display_name="before"))
    [answer] = await upsert(calls, User(user_id="ada", display_name=name))
    submitted = await calls.submit("ada", "puk_u1_l1")

    assert answer.display_name == (await get(calls, "ada")).display_name == name
    for server in (calls, without_redis):
        page = await server.board(consistency_token=submitted.consistency_token)
        assert [entry.display_name for entry in page.entries] == [name]
    # Also once it is what was left behind.
    await upsert(calls, User(user_id="ada", display_name="after"))


async def test_learners_registered_and_changed_from_many_sides_at_once_are_there_once(
    calls: Calls, sql: Sql
) -> None:
    ids = [f"n{n:02d}" for n in range(40)]
    await asyncio.gather(
        *(
            upsert(
                calls,
                *(
                    User(user_id=i, display_name=str(caller), group_ids=[str(caller)])
                    for i in (ids if caller % 2 else reversed(ids))
                ),
            )
            for caller in range(8)
        ),
        *(calls.submit(f"scout-{n:03d}", "puk_u1_l1") for n in range(1, 21)),
    )

    names = await sql.fetch(
        "SELECT DISTINCT display_name, ARRAY(SELECT group_id FROM group_members g"
        " WHERE g.learner_key = u.learner_key) AS groups FROM users u WHERE user_id ~ '^n'"
    )
    assert await sql.fetchval("SELECT count(*) FROM users WHERE user_id ~ '^n'") == 40
    # Each call changed all or none: whoever came last named them all.
    assert len(names) == 1
    assert list(names[0]["groups"]) == [names[0]["display_name"]]
