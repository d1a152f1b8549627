"""A page that is kept is answered at once, and still counted, checked and held to its token."""

import grpc
import pytest

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_REDIS,
    GetLeaderboardRequest,
    GetLeaderboardResponse,
)
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.metrics import REGISTRY
from tests.calls import Calls, refusal
from tests.contract.boards import until_redis
from tests.contract.wire import send_bytes

METHOD = "laurels.v1.LeaderboardService/GetLeaderboard"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As long as a page may be kept."""
    return settings.model_copy(update={"page_staleness_ms": 500})


def counted() -> tuple[float, float]:
    """Pages that were answered, and reads of a board from Redis, in this process so far."""
    answered = REGISTRY.get_sample_value("laurels_rpcs_total", {"method": METHOD, "code": "OK"})
    labels = {"source": "REDIS", "why": "in_step"}
    return answered or 0, REGISTRY.get_sample_value("laurels_board_reads_total", labels) or 0


async def page_bytes(calls: Calls, **arguments: str) -> bytes:
    request = GetLeaderboardRequest(**arguments).SerializeToString()  # pyright: ignore[reportArgumentType]
    return await send_bytes(calls.channel, f"/{METHOD}", request)


async def kept_page(calls: Calls) -> bytes:
    """A page of Redis that is kept from now on."""
    answer = await calls.submit("scout-001", "puk_u1_l1")
    await until_redis(calls, answer.consistency_token)
    return await page_bytes(calls)


async def test_a_kept_page_is_the_same_bytes_and_counted_each_time(calls: Calls) -> None:
    await kept_page(calls)
    answered, reads = counted()

    pages = [await page_bytes(calls) for _ in range(10)]

    assert counted() == (answered + 10, reads + 10)
    # Where the machine was slow, the page was read anew meanwhile.
    assert len(set(pages)) < len(pages)
    assert GetLeaderboardResponse.FromString(pages[0]).source == LEADERBOARD_SOURCE_REDIS


async def test_bytes_that_do_not_parse_are_malformed_also_while_a_page_is_kept(
    calls: Calls,
) -> None:
    await kept_page(calls)

    refused = await refusal(send_bytes(calls.channel, f"/{METHOD}", b"\xff\xff\xff"))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "MALFORMED_REQUEST",
    )


async def test_a_token_is_never_shown_a_kept_page_that_is_older(app: App, calls: Calls) -> None:
    await kept_page(calls)
    app.relay.stop()
    token = (await calls.submit("scout-002", "puk_u1_l1")).consistency_token
    assert len(GetLeaderboardResponse.FromString(await page_bytes(calls)).entries) == 1

    page = GetLeaderboardResponse.FromString(await page_bytes(calls, consistency_token=token))

    assert {entry.user_id for entry in page.entries} == {"scout-001", "scout-002"}
