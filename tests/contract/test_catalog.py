"""Changing the catalog: masks, all or nothing, prerequisites, and what submissions make of it."""

import asyncio
import math
from collections.abc import Iterable

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from laurels.v1.catalog_service_pb2 import (
    XP_POLICY_BEST_SCORE,
    XP_POLICY_FIRST_PASS,
    XP_POLICY_UNSPECIFIED,
    GetLevelRequest,
    Level,
    RetireLevelRequest,
    UpsertLevelsRequest,
    UpsertLevelsResponse,
)
from tests.calls import Calls, refusal
from tests.contract.wire import contents
from tests.sql import Sql


async def upsert(
    calls: Calls, *levels: Level, mask: Iterable[str] = (), validate_only: bool = False
) -> UpsertLevelsResponse:
    return await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(
            levels=levels, update_mask=FieldMask(paths=mask), validate_only=validate_only
        )
    )


async def get(calls: Calls, level_id: str) -> Level:
    return (await calls.catalog.GetLevel(GetLevelRequest(level_id=level_id))).level


async def version(sql: Sql) -> int:
    return await sql.fetchval("SELECT version FROM catalog")


FULL = Level(
    level_id="full",
    title="Knots",
    position=3,
    xp_reward=40,
    max_score=100,
    pass_ratio=0.5,
    prerequisite_level_ids=["puk_u1_l1"],
    xp_policy=XP_POLICY_BEST_SCORE,
    retired=True,
)
OTHER = Level(
    level_id="full",
    title="Fire",
    position=4,
    xp_reward=50,
    max_score=200,
    pass_ratio=0.75,
    prerequisite_level_ids=["puk_u1_l2", "puk_u1_l3"],
    xp_policy=XP_POLICY_FIRST_PASS,
    retired=False,
)
FIELDS = [field.name for field in Level.DESCRIPTOR.fields if field.name != "level_id"]


async def test_a_level_that_says_nothing_asks_for_every_answer_and_pays_once(calls: Calls) -> None:
    answer = await upsert(calls, Level(level_id="bare"))

    bare = Level(level_id="bare", pass_ratio=1, xp_policy=XP_POLICY_FIRST_PASS)
    assert list(answer.levels) == [bare]
    assert await get(calls, "bare") == bare


LEVELS = {
    "full": FULL,
    "another": OTHER,
    "largest": Level(
        level_id="~" * 128,
        title="🧭" * 200,
        position=1_000_000,
        xp_reward=1_000_000,
        max_score=2**31 - 1,
        pass_ratio=1,
        xp_policy=XP_POLICY_FIRST_PASS,
    ),
    "quotes and Arabic": Level(
        level_id="a", title="'\"\\{}نص عربي", pass_ratio=1, xp_policy=XP_POLICY_FIRST_PASS
    ),
} | {
    f"passes at {ratio!r}": Level(level_id="a", pass_ratio=ratio, xp_policy=XP_POLICY_FIRST_PASS)
    for ratio in (1 / 3, 0.1 + 0.2, 1e-300, 5e-324, math.nextafter(1, 0))
}


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
async def test_every_field_comes_back_as_it_was_given(calls: Calls, level: Level) -> None:
    assert list((await upsert(calls, level)).levels) == [level]

    assert await get(calls, level.level_id) == level


async def test_a_level_may_have_32_prerequisites_and_a_call_1000_levels(
    calls: Calls, sql: Sql
) -> None:
    ids = [f"n{number:03d}" for number in range(999)]
    before = await version(sql)

    answer = await upsert(
        calls,
        Level(level_id="last", prerequisite_level_ids=ids[:32]),
        *(Level(level_id=level_id) for level_id in reversed(ids)),
    )

    assert [level.level_id for level in answer.levels] == ["last", *reversed(ids)]
    assert sorted(answer.levels[0].prerequisite_level_ids) == ids[:32]
    assert answer.catalog_version == await version(sql) == before + 1


async def test_without_a_mask_everything_is_replaced(calls: Calls) -> None:
    await upsert(calls, FULL)

    answer = await upsert(calls, Level(level_id="full", title="Bare"))

    bare = Level(level_id="full", title="Bare", pass_ratio=1, xp_policy=XP_POLICY_FIRST_PASS)
    assert list(answer.levels) == [bare]
    assert await get(calls, "full") == bare


@pytest.mark.parametrize("field", FIELDS)
async def test_with_a_mask_only_what_it_names_is_replaced(calls: Calls, field: str) -> None:
    await upsert(calls, FULL)
    expected = Level()
    expected.CopyFrom(FULL)
    FieldMask(paths=[field]).MergeMessage(OTHER, expected, replace_repeated_field=True)
    assert expected != FULL

    answer = await upsert(calls, OTHER, Level(level_id="new", retired=True), mask=[field])

    assert answer.levels[0] == await get(calls, "full") == expected
    # A new level takes every field as given.
    assert (await get(calls, "new")).retired


async def test_a_mask_resets_to_defaults_what_is_not_given(calls: Calls) -> None:
    await upsert(calls, FULL)

    await upsert(calls, Level(level_id="full"), mask=["pass_ratio", "xp_policy", "max_score"])

    level = await get(calls, "full")
    assert (level.pass_ratio, level.xp_policy, level.max_score) == (1, XP_POLICY_FIRST_PASS, 0)
    assert (level.title, level.xp_reward, level.retired) == ("Knots", 40, True)


async def test_only_validating_answers_as_if_and_stores_nothing(calls: Calls, sql: Sql) -> None:
    await upsert(calls, FULL)
    before = await contents(sql)

    answer = await upsert(calls, OTHER, Level(level_id="new"), mask=["title"], validate_only=True)
    assert [level.title for level in answer.levels] == ["Fire", ""]
    assert answer.levels[0].xp_reward == 40
    assert answer.catalog_version == await version(sql)
    refused = await refusal(
        upsert(calls, Level(level_id="new", prerequisite_level_ids=["nothing"]), validate_only=True)
    )
    assert refused.reason == "PREREQUISITE_NOT_FOUND"
    assert await contents(sql) == before
    assert (await refusal(get(calls, "new"))).reason == "LEVEL_NOT_FOUND"


async def test_the_version_rises_by_one_with_every_change_and_only_then(
    calls: Calls, sql: Sql
) -> None:
    first = (await upsert(calls, FULL)).catalog_version

    assert (await upsert(calls, FULL)).catalog_version == first
    assert (await upsert(calls, FULL, Level(level_id="new"))).catalog_version == first + 1
    assert (await upsert(calls, OTHER)).catalog_version == first + 2
    await calls.catalog.RetireLevel(RetireLevelRequest(level_id="new"))
    await calls.catalog.RetireLevel(RetireLevelRequest(level_id="new"))
    assert await version(sql) == first + 3
    versions = [
        (answer).catalog_version
        for answer in await asyncio.gather(
            *(upsert(calls, Level(level_id=f"at-once-{n}")) for n in range(20))
        )
    ]
    assert sorted(versions) == list(range(first + 4, first + 24))


@pytest.mark.parametrize(
    ("prerequisites", "reason", "metadata"),
    [
        (
            {"a": ["puk_u1_l1", "nothing"]},
            "PREREQUISITE_NOT_FOUND",
            {"level_id": "a", "prerequisite_level_id": "nothing"},
        ),
        ({"a": ["a"]}, "PREREQUISITE_CYCLE", {"cycle_level_ids": {"a"}}),
        ({"a": ["b"], "b": ["a"]}, "PREREQUISITE_CYCLE", {"cycle_level_ids": {"a", "b"}}),
        (
            {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]},
            "PREREQUISITE_CYCLE",
            {"cycle_level_ids": {"a", "b", "c"}},
        ),
        (
            {"puk_u1_l1": ["puk_u1_l3"]},
            "PREREQUISITE_CYCLE",
            {"cycle_level_ids": {"puk_u1_l1", "puk_u1_l2", "puk_u1_l3"}},
        ),
        (
            {"a": ["puk_u1_l2"], "puk_u1_l1": ["a"]},
            "PREREQUISITE_CYCLE",
            {"cycle_level_ids": {"a", "puk_u1_l1", "puk_u1_l2"}},
        ),
    ],
)
async def test_prerequisites_that_could_never_be_met_are_refused_with_all_of_the_call(
    calls: Calls,
    sql: Sql,
    prerequisites: dict[str, list[str]],
    reason: str,
    metadata: dict[str, str | set[str]],
) -> None:
    before = await contents(sql)
    levels = [
        Level(level_id=level_id, prerequisite_level_ids=required)
        for level_id, required in prerequisites.items()
    ]
    for mask in ([], ["prerequisite_level_ids"]):
        refused = await refusal(
            upsert(calls, Level(level_id="good"), *levels, Level(level_id="fine"), mask=mask)
        )

        assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, reason)
        told = dict[str, str | set[str]](refused.metadata)
        if "cycle_level_ids" in refused.metadata:
            told["cycle_level_ids"] = set(refused.metadata["cycle_level_ids"].split(","))
        assert told == metadata
        assert refused.fields == {}
    assert await contents(sql) == before


async def test_a_prerequisite_may_come_later_in_the_same_call(calls: Calls) -> None:
    await upsert(calls, Level(level_id="z", prerequisite_level_ids=["a"]), Level(level_id="a"))

    assert (await refusal(calls.submit("scout-001", "z"))).reason == "LEVEL_LOCKED"


async def test_a_circle_may_be_turned_round_in_one_call(calls: Calls) -> None:
    await upsert(calls, Level(level_id="a"), Level(level_id="b", prerequisite_level_ids=["a"]))

    await upsert(calls, Level(level_id="b"), Level(level_id="a", prerequisite_level_ids=["b"]))

    assert list((await get(calls, "a")).prerequisite_level_ids) == ["b"]


async def test_a_prerequisite_outside_the_mask_is_not_looked_at(calls: Calls) -> None:
    await upsert(calls, FULL)

    answer = await upsert(
        calls, Level(level_id="full", prerequisite_level_ids=["nothing"]), mask=["title"]
    )

    assert list(answer.levels[0].prerequisite_level_ids) == ["puk_u1_l1"]


async def test_an_unset_policy_is_answered_as_first_pass(calls: Calls) -> None:
    answer = await upsert(calls, Level(level_id="a", xp_policy=XP_POLICY_UNSPECIFIED))

    assert answer.levels[0].xp_policy == XP_POLICY_FIRST_PASS
