"""Health says SERVING exactly while PostgreSQL answers."""

import asyncio
import time
from collections.abc import Generator
from pathlib import Path

import grpc
import pytest

from laurels_server.app import migrate
from laurels_server.config import Settings
from laurels_server.embedded.postgres import EmbeddedPostgres
from tests.calls import Calls, refusal
from tests.e2e.process import Laurels, free_address, serving, started


async def test_it_waits_for_postgresql_and_tells_when_it_goes_and_comes_back(
    data_dir: Path,
) -> None:
    postgres = EmbeddedPostgres(data_dir)
    redis_url = f"redis://{free_address()}/0"
    try:
        await asyncio.to_thread(postgres.start)
        url = postgres.url()
        await migrate(Settings(database_url=url))
        await asyncio.to_thread(postgres.stop)

        async with started("serve", database_url=url, redis_url=redis_url) as server:
            await server.until_health("NOT_SERVING")
            await server.until_logged("waiting_for_postgresql")
            assert await server.health() == "NOT_SERVING"

            await asyncio.to_thread(postgres.start)
            came = await server.until_health("SERVING", within_s=10)

            await asyncio.to_thread(postgres.stop)
            gone = await server.until_health("NOT_SERVING", within_s=10)
            async with grpc.aio.insecure_channel(server.address) as channel:
                refused = await refusal(Calls(channel).submit("scout-001", "puk_u1_l1"))
            assert (refused.code, refused.reason) == (
                grpc.StatusCode.UNAVAILABLE,
                "STORE_UNAVAILABLE",
            )

            await asyncio.to_thread(postgres.start)
            back = await server.until_health("SERVING", within_s=10)
            print(f"told after {came:.2f} s that it came, {gone:.2f} s gone, {back:.2f} s back")
            await server.stop()
    finally:
        await asyncio.to_thread(postgres.stop)


async def test_while_it_waits_for_a_postgresql_that_hangs_it_can_be_ended(
    frozen: EmbeddedPostgres,
) -> None:
    settings = {"database_url": frozen.url(), "redis_url": f"redis://{free_address()}/0"}
    async with started("serve", **settings) as server:
        await server.until_health("NOT_SERVING")
        print(f"ended within {await seconds_to_end(server):.2f} s")


async def test_a_postgresql_that_hangs_under_calls_does_not_keep_it_from_ending(
    frozen: EmbeddedPostgres,
) -> None:
    frozen.resume()
    settings = {"database_url": frozen.url(), "redis_url": f"redis://{free_address()}/0"}
    async with (
        serving("serve", **settings, drain_timeout_s=1) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        frozen.pause()
        submits = [Calls(channel).submit(f"scout-{n}", "puk_u1_l1") for n in range(20)]
        calls = asyncio.gather(*submits, return_exceptions=True)
        await asyncio.sleep(0.2)
        print(f"ended within {await seconds_to_end(server):.2f} s")
        ends = await calls
        codes = {end.code() for end in ends if isinstance(end, grpc.aio.AioRpcError)}
        assert len(ends) == 20
        assert codes == {grpc.StatusCode.UNAVAILABLE}


@pytest.fixture
def frozen(data_dir: Path) -> Generator[EmbeddedPostgres]:
    """A PostgreSQL with our schema, which accepts connections and never answers."""
    with EmbeddedPostgres(data_dir) as postgres:
        asyncio.run(migrate(Settings(database_url=postgres.url())))
        postgres.pause()
        yield postgres
        postgres.resume()


async def seconds_to_end(server: Laurels) -> float:
    """Ends it, before Kubernetes would lose patience (30 s)."""
    began = time.monotonic()
    server.terminate()
    assert await server.exit_code(within_s=25) == 0
    assert "Traceback" not in server.log
    return time.monotonic() - began
