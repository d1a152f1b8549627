"""The verifier of a real server."""

import time

import grpc
from redis.asyncio import Redis

from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls
from tests.contract import breakages
from tests.contract.audits import Board
from tests.contract.scene import Scene, populate
from tests.e2e.process import serving, until
from tests.sql import Sql


async def test_a_real_server_mends_a_wrong_score_by_itself_within_seconds(
    settings: Settings, sql: Sql
) -> None:
    async with App(settings) as app:
        await app.load_sample()
    async with (
        serving(
            "serve",
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            redis_prefix=settings.redis_prefix,
        ) as server,
        grpc.aio.insecure_channel(server.address) as channel,
        Redis.from_url(settings.redis_url) as redis,
    ):
        scene = Scene(Calls(channel), sql, Board(redis, settings.redis_prefix))
        await populate(scene.calls)
        ((_, user_id, member, expected, _),) = await breakages.a_score_is_a_minute_off(scene)
        began = time.monotonic()

        async def mended() -> bool:
            return await scene.board.score(member) == float(expected)

        await until(mended, "a score that is right again", within_s=10)
        print(f"mended after {time.monotonic() - began:.1f} s")
        await server.until_logged("projection_rebuilt")
        await server.stop()
        findings = server.events("verifier_finding")
        (rebuilt,) = server.events("projection_rebuilt")

    assert [(line["level"], line["kind"], line["user_id"]) for line in findings] == [
        ("error", "BOARD_SCORE", user_id)
    ]
    assert rebuilt["why"] == "the verifier found the board wrong"
    assert rebuilt["in_use"]
