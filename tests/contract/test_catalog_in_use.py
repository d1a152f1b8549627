"""Listing levels, retiring them, and submissions that follow a change at once."""

import asyncio
from collections.abc import AsyncGenerator

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from laurels.v1.catalog_service_pb2 import (
    GetLevelRequest,
    Level,
    ListLevelsRequest,
    RetireLevelRequest,
    UpsertLevelsRequest,
)
from laurels.v1.progress_service_pb2 import ListProgressRequest
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls, refusal
from tests.contract.conftest import Steady
from tests.sql import Sql


async def upsert(calls: Calls, *levels: Level, mask: str = "") -> None:
    await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(levels=levels, update_mask=FieldMask(paths=[mask] if mask else []))
    )


async def retire(calls: Calls, level_id: str) -> Level:
    answer = await calls.catalog.RetireLevel(RetireLevelRequest(level_id=level_id))
    return answer.level


async def get(calls: Calls, level_id: str) -> Level:
    return (await calls.catalog.GetLevel(GetLevelRequest(level_id=level_id))).level


async def walk(calls: Calls, page_size: int, *, include_retired: bool = False) -> list[list[str]]:
    """The ids of every page, to the last."""
    pages: list[list[str]] = []
    token = ""
    while True:
        answer = await calls.catalog.ListLevels(
            ListLevelsRequest(
                page_size=page_size, page_token=token, include_retired=include_retired
            )
        )
        pages.append([level.level_id for level in answer.levels])
        token = answer.next_page_token
        if not token:
            return pages


def pages_of(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


async def shuffled(calls: Calls) -> tuple[list[str], list[str]]:
    """Puts 5 levels around the sample's 20, two of them retired; all ids and the open ones."""
    sample = [level_id for page in await walk(calls, 1000) for level_id in page]
    await upsert(
        calls,
        Level(level_id="b-first"),
        Level(level_id="a-last", position=1_000_000),
        Level(level_id="A-first"),
        Level(level_id="a-first", retired=True),
        Level(level_id="B-last", position=1_000_000, retired=True),
    )
    # By position, then by the bytes of the id: capitals come first.
    everything = ["A-first", "a-first", "b-first", *sample, "B-last", "a-last"]
    return everything, [one for one in everything if one not in ("a-first", "B-last")]


@pytest.mark.parametrize("page_size", [1, 2, 5, 7, 23, 25, 1000])
async def test_a_walk_lists_every_level_once_in_order(calls: Calls, page_size: int) -> None:
    everything, still_open = await shuffled(calls)

    assert await walk(calls, page_size) == pages_of(still_open, page_size)
    assert await walk(calls, page_size, include_retired=True) == pages_of(everything, page_size)


async def test_a_walk_goes_on_where_it_was_when_levels_come_move_and_retire(calls: Calls) -> None:
    await shuffled(calls)
    first = await calls.catalog.ListLevels(ListLevelsRequest(page_size=4))
    assert [level.level_id for level in first.levels][-1] == "puk_u1_l2"

    # The last one shown goes away, one already shown comes again at the end, one comes before.
    await retire(calls, "puk_u1_l2")
    await upsert(calls, Level(level_id="puk_u1_l1", position=900), mask="position")
    await upsert(calls, Level(level_id="early"), Level(level_id="late", position=901))
    rest = await calls.catalog.ListLevels(
        ListLevelsRequest(page_size=1000, page_token=first.next_page_token)
    )

    names = [level.level_id for level in rest.levels]
    assert names[0] == "puk_u1_l3"
    assert names[-3:] == ["puk_u1_l1", "late", "a-last"]
    assert "early" not in names
    assert len(names) == len(set(names)) == 18 + 3


async def test_page_sizes_of_levels_and_progress_default_to_50_and_end_at_1000(
    calls: Calls,
) -> None:
    await upsert(calls, *(Level(level_id=f"n{n:04d}", position=500) for n in range(1000)))

    for asked, given in (
        (0, 50),
        (1, 1),
        (999, 999),
        (1000, 1000),
        (1001, 1000),
        (2**31 - 1, 1000),
    ):
        levels = await calls.catalog.ListLevels(ListLevelsRequest(page_size=asked))
        progress = await calls.progress.ListProgress(
            ListProgressRequest(user_id="scout-001", page_size=asked)
        )
        assert len(levels.levels) == len(progress.levels) == given
        assert levels.next_page_token
        assert progress.next_page_token


async def test_retiring_closes_a_level_and_upserting_opens_it_again(calls: Calls) -> None:
    before = await get(calls, "puk_u1_l1")
    await calls.submit("scout-001", "puk_u1_l1")

    retired = await retire(calls, "puk_u1_l1")
    assert retired.retired
    assert await retire(calls, "puk_u1_l1") == retired == await get(calls, "puk_u1_l1")
    refused = await refusal(calls.submit("scout-002", "puk_u1_l1"))
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "LEVEL_RETIRED",
    )
    assert refused.metadata == {"level_id": "puk_u1_l1"}

    await upsert(calls, Level(level_id="puk_u1_l1"), mask="retired")
    assert await get(calls, "puk_u1_l1") == before
    assert (await calls.submit("scout-002", "puk_u1_l1")).xp_earned == 15
    assert (await calls.submit("scout-001", "puk_u1_l1")).total_xp == 15


async def test_a_level_that_is_not_there_cannot_be_retired_or_read(steady: Steady) -> None:
    for call in (retire(steady.calls, "nothing"), get(steady.calls, "nothing")):
        refused = await refusal(call)
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "LEVEL_NOT_FOUND")
        assert refused.metadata == {"level_id": "nothing"}


async def test_a_retired_prerequisite_counts_as_met_until_it_opens_again(calls: Calls) -> None:
    await retire(calls, "puk_u1_l1")

    assert (await calls.submit("scout-001", "puk_u1_l2", correct=1)).attempts == 1
    await upsert(calls, Level(level_id="puk_u1_l1"), mask="retired")
    assert (await refusal(calls.submit("scout-002", "puk_u1_l2"))).reason == "LEVEL_LOCKED"
    # Once attempted, it does not lock again.
    assert (await calls.submit("scout-001", "puk_u1_l2")).xp_earned == 15


async def test_a_change_counts_for_the_next_attempt_and_what_was_paid_stays_paid(
    calls: Calls,
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")

    await upsert(calls, Level(level_id="puk_u1_l1", xp_reward=100), mask="xp_reward")
    assert (await calls.submit("scout-002", "puk_u1_l1")).xp_earned == 100
    assert (await calls.submit("scout-001", "puk_u1_l1")).xp_earned == 0
    await upsert(calls, Level(level_id="puk_u1_l1", xp_reward=1), mask="xp_reward")
    assert (await calls.submit("scout-002", "puk_u1_l1")).total_xp == 100
    await upsert(calls, Level(level_id="puk_u1_l1", pass_ratio=0.6), mask="pass_ratio")
    assert (await calls.submit("scout-003", "puk_u1_l1", correct=3)).xp_earned == 1
    await upsert(calls, Level(level_id="puk_u1_l1", max_score=50), mask="max_score")
    refused = await refusal(calls.submit("scout-004", "puk_u1_l1"))
    assert refused.fields == {"score": "must be at most 50, the level's max_score"}


@pytest.fixture
async def another(app: App, settings: Settings) -> AsyncGenerator[Calls]:
    """Another server over the same database, as if on another machine."""
    async with (
        App(settings.model_copy(update={"lanes": 1})) as second,
        grpc.aio.insecure_channel(second.address) as channel,
    ):
        yield Calls(channel)


async def test_a_change_made_by_another_server_counts_for_the_next_attempt(
    calls: Calls, another: Calls
) -> None:
    for reward in (20, 30, 40):
        level_id = f"worth-{reward}"
        # Warm: this server has the catalog at hand.
        await calls.submit("scout-001", "puk_u1_l1")
        await upsert(another, Level(level_id=level_id, xp_reward=1))
        await upsert(another, Level(level_id=level_id, xp_reward=reward))
        assert (await calls.submit("scout-001", level_id)).xp_earned == reward
        await retire(another, level_id)
        assert (await refusal(calls.submit("scout-002", level_id))).reason == "LEVEL_RETIRED"
        await upsert(another, Level(level_id=level_id, prerequisite_level_ids=["puk_u2_l1"]))
        assert (await refusal(calls.submit("scout-003", level_id))).reason == "LEVEL_LOCKED"


async def test_servers_that_change_the_catalog_at_once_lose_nothing(
    calls: Calls, another: Calls, sql: Sql
) -> None:
    await asyncio.gather(
        *(
            upsert(server, Level(level_id=f"{name}-{n}"), Level(level_id="both", position=n))
            for n in range(20)
            for name, server in (("one", calls), ("two", another))
        )
    )

    found = await sql.fetchval("SELECT count(*) FROM levels WHERE level_id ~ '^(one|two|both)'")
    assert found == 41


async def test_a_change_and_an_attempt_at_once_leave_the_old_or_the_new_never_a_mixture(
    calls: Calls, another: Calls, sql: Sql
) -> None:
    async def change() -> None:
        for reward in range(100, 120):
            level = Level(level_id="puk_u1_l1", title=str(reward), xp_reward=reward)
            await upsert(another, level)

    answers, _ = await asyncio.gather(
        asyncio.gather(*(calls.submit(f"scout-{n:03d}", "puk_u1_l1") for n in range(1, 51))),
        change(),
    )

    assert {answer.xp_earned for answer in answers} <= {15, *range(100, 120)}
    booked = await sql.fetchval("SELECT sum(amount) FROM xp_entries")
    assert booked == sum(answer.xp_earned for answer in answers)
