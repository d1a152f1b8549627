"""Iterators walk from page to page to the end, each thing once."""

import asyncio
from typing import Any

import pytest

import laurels
from laurels.errors import InvalidArgument, NotFound
from tests.pyclient.either import ATTEMPT, Either, Kind, opened
from tests.pyclient.scripted import scripted


async def test_levels_and_progress_are_walked_to_the_end(either: Either, learner: str) -> None:
    for walk, one_page, arguments in (
        ("iter_levels", "list_levels", ()),
        ("iter_progress", "list_progress", (learner,)),
    ):
        whole = await either.call(one_page, *arguments, page_size=1000)
        assert not whole.next_page_token
        walked = await either.each(walk, *arguments, page_size=3)
        assert walked == list(whole.levels)
        assert len(walked) > 6


async def test_a_ledger_is_walked_newest_first(either: Either, learner: str) -> None:
    for amount in range(1, 8):
        await either.call("award_xp", user_id=learner, amount=amount, source="cyber")
    renamed = laurels.User(user_id=learner, display_name="Renamed")
    await either.call("upsert_users", [renamed])
    entries = await either.each("iter_xp_entries", learner, page_size=2)
    assert [entry.amount for entry in entries] == [7, 6, 5, 4, 3, 2, 1]
    entries = await either.each("iter_xp_entries", learner, page_size=2, include_zero=True)
    assert [entry.amount for entry in entries] == [0, 7, 6, 5, 4, 3, 2, 1]


async def test_a_leaderboard_is_walked_from_anywhere_after_the_last_write(
    either: Either, learner: str
) -> None:
    users = [laurels.User(user_id=f"{learner}-{number}") for number in range(5)]
    await either.call("upsert_users", users)
    last: Any = None
    for user in users:
        last = await either.call("award_xp", user_id=user.user_id, amount=500, source="cyber")
    entries = await either.each("iter_leaderboard", page_size=2, after=last)
    assert {user.user_id for user in users} <= {entry.user_id for entry in entries}
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    fewer = await either.each("iter_leaderboard", page_size=2, start_position=2, after=last)
    assert fewer == entries[1:]

    pages = await either.each("iter_leaderboard_pages", page_size=2, after=last)
    assert [entry for page in pages for entry in page.entries] == entries
    rest = await either.each("iter_leaderboard_pages", page_token=pages[0].next_page_token)
    assert [entry for page in rest for entry in page.entries] == entries[2:]


async def test_a_read_after_a_write_shows_it(either: Either, learner: str) -> None:
    batch = await either.call(
        "batch_submit_progress", [laurels.SubmitProgressRequest(user_id=learner, **ATTEMPT)]
    )
    after: Any = None
    for number, after in enumerate(
        [
            batch.results[0].response,
            await either.call("award_xp", user_id=learner, amount=1, source="cyber"),
            await either.call("adjust_xp", user_id=learner, amount=1, reason="r", actor="a"),
        ]
    ):
        standing = await either.call("get_standing", learner, after=after)
        assert standing.entry.xp >= after.total_xp == 15 + number
    token = after.consistency_token
    assert (await either.call("get_standing", learner, after=token)).entry.xp == 17


async def test_what_fails_on_the_way_is_raised_there(either: Either) -> None:
    for walk, wrong, expected in (
        ("iter_xp_entries", {"user_id": "nobody"}, NotFound),
        ("iter_levels", {"page_size": -1}, InvalidArgument),
    ):
        with pytest.raises(expected):
            await either.each(walk, **wrong)


async def test_a_stream_that_nobody_reads_on_is_ended(kind: Kind) -> None:
    async with scripted() as server, opened(kind, server.address) as client:
        if isinstance(client.client, laurels.Client):
            audit: Any = client.client.audit_all()
            await asyncio.to_thread(next, audit)
            assert server.streaming.is_set()
            held = audit.gi_frame.f_locals["answers"]  # as a traceback may
            audit.close()
        else:
            stream: Any = client.client.audit_all()
            await anext(stream)
            assert server.streaming.is_set()
            held = stream.ag_frame.f_locals["answers"]
            await stream.aclose()
        await server.broken_off.wait()
        assert held is not None
