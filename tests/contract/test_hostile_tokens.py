"""Tokens that nobody was given: INVALID_ARGUMENT, whichever store would answer."""

import base64
import json
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

import grpc
import pytest
from google.protobuf.message import Message

from laurels.v1.catalog_service_pb2 import ListLevelsRequest
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import ListProgressRequest
from laurels.v1.xp_service_pb2 import ListXpEntriesRequest
from laurels_server.app import App
from laurels_server.domain.ledger import LedgerPoint
from laurels_server.rpc.tokens import consistency_token
from tests.calls import Calls, refusal
from tests.contract.conftest import NOWHERE, Steady
from tests.contract.wire import send
from tests.sql import Sql

Ask = Callable[[str], Message]

WALKS: dict[str, Ask] = {
    "ListLevels": lambda token: ListLevelsRequest(page_size=1, page_token=token),
    "ListProgress": lambda token: ListProgressRequest(
        user_id="scout-001", page_size=1, page_token=token
    ),
    "GetLeaderboard": lambda token: GetLeaderboardRequest(page_size=1, page_token=token),
    "ListXpEntries": lambda token: ListXpEntriesRequest(
        user_id="scout-001", page_size=1, page_token=token
    ),
}

each_walk = pytest.mark.parametrize("walk", WALKS)


async def next_token(steady: Steady, message: Message) -> str:
    answer = await send(steady.calls.channel, message)
    token = getattr(answer, "next_page_token", "")
    assert token, "the walk has another page"
    return token


def opened(token: str) -> tuple[object, list[object], list[object]]:
    """Version, scope and key."""
    version, scope, key = json.loads(base64.urlsafe_b64decode(token + "=="))
    return version, scope, key


def sealed(content: object) -> str:
    return base64.urlsafe_b64encode(
        json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    ).decode().rstrip("=")  # fmt: skip


async def refused_page_token(steady: Steady, message: Message) -> None:
    refused = await refusal(send(steady.calls.channel, message))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_PAGE_TOKEN",
    )
    assert set(refused.fields) == {"page_token"}


@each_walk
async def test_a_token_that_is_opened_and_sealed_again_is_the_same(
    steady: Steady, walk: str
) -> None:
    # Or else the crafted ones below would be refused for the wrong reason.
    token = await next_token(steady, WALKS[walk](""))

    assert sealed([*opened(token)]) == token
    await send(steady.calls.channel, WALKS[walk](token))


@each_walk
async def test_a_malformed_page_token_is_refused(steady: Steady, walk: str) -> None:
    good = await next_token(steady, WALKS[walk](""))
    malformed = [
        " ", "!", "x", "token", "é", "🦊", "\0", "AAAA", good[:-1], good[1:], good[:-4], good + "=",
        good + "A", good + "\n", " " + good, good.lower(), good + good, good * 100, "A" * 1_000_000,
        "W" * 2000, sealed([["["] * 500]), sealed("abc"), sealed({"a": 1, "b": 2, "c": 3}),
        sealed(None), sealed(1), sealed([]),
    ]  # fmt: skip
    for token in malformed:
        await refused_page_token(steady, WALKS[walk](token))


@each_walk
async def test_a_crafted_page_token_is_refused(steady: Steady, walk: str) -> None:
    version, scope, key = opened(await next_token(steady, WALKS[walk]("")))
    versions: list[object] = [0, 2, -1, 1.0, "1", True, None, [1]]
    scopes: list[object] = [[], ["ListUsers"], [*scope, ""], scope[:-1], "", 1]
    keys: list[object] = [[], key[:-1], [*key, 1], "", None, {"0": 1}]
    numbers: list[object] = [-1, 2**63, 2**64, 10**40, 1.5, 1e300, None, True, [], {}]
    for part, is_text in enumerate(isinstance(part, str) for part in key):
        for wrong in (*numbers, [key[part]], 1 if is_text else str(key[part])):
            keys.append([*key[:part], wrong, *key[part + 1 :]])
    crafted = [
        *([other, scope, key] for other in versions),
        *([version, other, key] for other in scopes),
        *([version, scope, other] for other in keys),
        [version, scope],
        [version, scope, key, key],
    ]
    for content in crafted:
        await refused_page_token(steady, WALKS[walk](sealed(content)))


async def test_a_page_token_of_another_walk_is_refused(steady: Steady) -> None:
    tokens = {walk: await next_token(steady, ask("")) for walk, ask in WALKS.items()}
    tokens["other learner"] = await next_token(
        steady, ListProgressRequest(user_id="scout-002", page_size=1)
    )
    tokens["with zeros"] = await next_token(
        steady, ListXpEntriesRequest(user_id="scout-001", include_zero=True, page_size=1)
    )
    tokens["with retired"] = await next_token(
        steady, ListLevelsRequest(include_retired=True, page_size=1)
    )
    for walk, ask in WALKS.items():
        for other, token in tokens.items():
            if walk != other:
                await refused_page_token(steady, ask(token))
    version, _, key = opened(tokens["GetLeaderboard"])
    other_board = sealed([version, ["GetLeaderboard", "weekly"], key])
    await refused_page_token(steady, WALKS["GetLeaderboard"](other_board))


@each_walk
async def test_a_page_token_serves_another_page_size(steady: Steady, walk: str) -> None:
    message = WALKS[walk](await next_token(steady, WALKS[walk]("")))
    # The stub of Message in general names no fields.
    message.ClearField("page_size")  # pyright: ignore[reportArgumentType]

    await send(steady.calls.channel, message)


async def test_a_page_token_beyond_the_end_answers_an_empty_page(steady: Steady) -> None:
    for walk, last in (
        ("ListLevels", [2**31 - 1, "~"]),
        ("ListProgress", [2**31 - 1, "~"]),
        ("GetLeaderboard", [0, 0]),
        ("ListXpEntries", [0]),
    ):
        version, scope, _ = opened(await next_token(steady, WALKS[walk]("")))
        answer = await send(steady.calls.channel, WALKS[walk](sealed([version, scope, last])))
        shown = {field.name for field, _ in answer.ListFields()}
        assert not shown & {"levels", "entries", "next_page_token"}


@pytest.fixture(scope="module")
async def steady_without_redis(shared: Steady) -> AsyncGenerator[Calls]:
    settings = shared.settings.model_copy(update={"redis_url": NOWHERE})
    async with App(settings) as app, grpc.aio.insecure_channel(app.address) as channel:
        yield Calls(channel)


async def tip(sql: Sql) -> LedgerPoint:
    row = await sql.fetchrow("SELECT seq, recorded_at FROM xp_entries ORDER BY seq DESC LIMIT 1")
    assert row is not None
    return LedgerPoint(row["seq"], row["recorded_at"])


async def hostile_consistency_tokens(sql: Sql) -> dict[str, str]:
    end = await tip(sql)
    good = consistency_token(end)
    never = base64.urlsafe_b64decode(good + "=")[:9] + b"\xff" * 8
    return {
        "blank": " ",
        "text": "token",
        "letters beyond ASCII": "é🦊",
        "padded": good + "=",
        "cut": good[:-1],
        "longer": good + "AAAA",
        "much longer": good * 1000,
        "another version": "B" + good[1:],
        "of a time there is not": base64.urlsafe_b64encode(never).decode().rstrip("="),
        "the next entry": consistency_token(LedgerPoint(end.seq + 1, end.recorded_at)),
        "the last entry there can be": consistency_token(LedgerPoint(2**63 - 1, end.recorded_at)),
        "beyond bigint": consistency_token(LedgerPoint(2**63, end.recorded_at)),
    }


async def refused_consistency_token(channel: grpc.aio.Channel, message: Message) -> None:
    refused = await refusal(send(channel, message))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_CONSISTENCY_TOKEN",
    )
    assert set(refused.fields) == {"consistency_token"}


READS: dict[str, Ask] = {
    "board": lambda token: GetLeaderboardRequest(consistency_token=token),
    "beyond the end": lambda token: GetLeaderboardRequest(
        consistency_token=token, start_position=1000
    ),
    "placed learner": lambda token: GetStandingRequest(
        user_id="scout-001", consistency_token=token
    ),
    "unplaced learner": lambda token: GetStandingRequest(
        user_id="scout-050", consistency_token=token
    ),
}

each_read = pytest.mark.parametrize("read", READS)
each_source = pytest.mark.parametrize("source", ["redis", "postgres"])


@each_read
@each_source
async def test_a_consistency_token_not_ours_or_of_the_future_is_refused(
    steady: Steady, steady_without_redis: Calls, read: str, source: str
) -> None:
    channel = steady.calls.channel if source == "redis" else steady_without_redis.channel
    for token in (await hostile_consistency_tokens(steady.sql)).values():
        await refused_consistency_token(channel, READS[read](token))

    await send(channel, READS[read](consistency_token(await tip(steady.sql))))


@each_read
@each_source
async def test_a_consistency_token_of_a_lost_history_is_refused(
    steady: Steady, steady_without_redis: Calls, read: str, source: str
) -> None:
    # After a restore to an earlier time, the ledger grows past the seq of tokens given out before.
    channel = steady.calls.channel if source == "redis" else steady_without_redis.channel
    end = await tip(steady.sql)
    for lost in (datetime(2025, 6, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)):
        token = consistency_token(LedgerPoint(end.seq, lost))
        await refused_consistency_token(channel, READS[read](token))
