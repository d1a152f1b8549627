"""A server that is killed and started again while it is called."""

import asyncio

import laurels
from laurels_server.app import App
from laurels_server.config import Settings
from tests.e2e.process import Setting, free_address, serving, until
from tests.pyclient.either import Kind, attempt, opened
from tests.sql import Sql

ATTEMPTS = 20


async def test_what_is_repeated_with_its_id_across_a_restart_counts_once(
    kind: Kind, settings: Settings, sql: Sql
) -> None:
    async with App(settings) as app:
        await app.load_sample()
    given: dict[str, Setting] = {
        "listen": free_address(),
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "redis_prefix": settings.redis_prefix,
    }
    async with opened(kind, str(given["listen"])) as client:

        async def learn(number: int, *, before: asyncio.Event) -> int:
            """Attempts of one learner, each repeated until it is answered."""
            made = 0
            while made < ATTEMPTS or not before.is_set():
                made += 1
                request_id: str | None = None
                while True:
                    try:
                        arguments = attempt(user_id=f"scout-{number:03d}", request_id=request_id)
                        answer = await client.call("submit_progress", **arguments)
                    except laurels.Unavailable as error:
                        request_id = error.request_id
                    else:
                        assert answer.attempts == made
                        break
            return made

        async def some_are_booked() -> bool:
            return await sql.fetchval("SELECT count(*) FROM submissions") > 0

        back = asyncio.Event()
        async with serving("serve", **given) as first:
            learners = [asyncio.create_task(learn(n, before=back)) for n in range(1, 4)]
            await until(some_are_booked, "something booked")
            first.kill()
        await client.fails("get_level", "l", timeout=0.05)
        async with serving("serve", **given):
            back.set()
            made = await asyncio.gather(*learners)
    assert await sql.fetchval("SELECT count(*) FROM submissions") == sum(made)
    assert await sql.fetchval("SELECT sum(attempts) FROM progress") == sum(made)
