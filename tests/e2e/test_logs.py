"""What a server writes while it works: one JSON object a line."""

import grpc
import orjson

from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls, refusal
from tests.e2e.process import serving


async def served(settings: Settings, level: str) -> list[dict[str, object]]:
    """The log of a server that books an attempt, answers it again and refuses another."""
    async with App(settings) as app:
        await app.load_sample()
    urls = {"database_url": settings.database_url, "redis_url": settings.redis_url}
    async with serving("serve", **urls, log_level=level) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            calls = Calls(channel)
            for _ in range(2):
                await calls.submit("scout-001", "puk_u1_l1", request_id="once")
            assert (await refusal(calls.submit("scout-001", "puk_u4_l5"))).reason == "LEVEL_LOCKED"
        await server.stop()
        return [orjson.loads(line) for line in server.log.splitlines()]


async def test_debug_shows_each_award_with_the_totals_before_and_after(settings: Settings) -> None:
    log = await served(settings, "DEBUG")

    awards = [line for line in log if line["event"] == "award"]
    assert [(a["xp_before"], a["xp_earned"], a["xp_after"], a["replayed"]) for a in awards] == [
        (0, 15, 15, False),
        (0, 15, 15, True),
    ]
    assert {(a["user_id"], a["level_id"], a["request_id"]) for a in awards} == {
        ("scout-001", "puk_u1_l1", "once")
    }


async def test_info_shows_a_summary_of_each_batch_and_no_learner(settings: Settings) -> None:
    log = await served(settings, "INFO")

    counts = ("items", "booked", "replayed", "refused", "held", "xp")
    batches = [tuple(line[name] for name in counts) for line in log if line["event"] == "batch"]
    assert batches == [(1, 1, 0, 0, 0, 15), (1, 0, 1, 0, 0, 0), (1, 0, 0, 1, 0, 0)]
    assert {line["event"] for line in log} >= {"serving", "batch", "stopped"}
    assert {line["level"] for line in log} == {"info"}
    assert "scout-001" not in str(log)
    for line in log:
        assert {"event", "level", "timestamp"} <= line.keys()


async def test_warning_is_silent_while_all_goes_well(settings: Settings) -> None:
    assert await served(settings, "WARNING") == []
