"""Commands that stay while their server is killed and started again."""

import signal

from laurels_server.app import App
from laurels_server.config import Settings
from tests.e2e.process import Setting, free_address, serving, started, until
from tests.e2e.test_terminal_simulate import summary
from tests.e2e.test_terminal_top import QUICK, looks, until_look
from tests.sql import Sql


async def test_a_killed_server_is_waited_for_and_nothing_is_counted_twice(
    settings: Settings, sql: Sql
) -> None:
    async with App(settings) as app:
        await app.load_sample()
    given: dict[str, Setting] = {
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "redis_prefix": settings.redis_prefix,
        "listen": free_address(),
    }

    async def booked() -> int:
        return await sql.fetchval("SELECT count(*) FROM submissions")

    words = ("--listen", str(given["listen"]))
    async with (
        serving("serve", **given) as server,
        started("simulate", "--rate", "100", "--seconds", "60", "--json", *words) as simulate,
        started("top", "--json", *QUICK, *words) as top,
        started("top", *QUICK, *words) as for_people,
    ):
        await until_look(top, "leaderboard")
        await for_people.until_logged("on the board")
        await simulate.until_logged('"progress"')
        server.kill()
        seen = await until_look(top, "error")
        await for_people.until_logged("; trying again")
        answered, before = sum("leaderboard" in look for look in seen), await booked()
        async with serving("serve", **given):
            await until_look(top, "leaderboard", more_than=answered)

            async def goes_on() -> bool:
                return await booked() > before

            await until(goes_on, "attempts at the new server")
            simulate.send(signal.SIGINT)
            code = await simulate.exit_code()
        for each in (top, for_people):
            each.send(signal.SIGINT)
            assert await each.exit_code() == 0
            assert "Traceback" not in each.log
        told, seen = summary(simulate.log), looks(top)

    assert {look["error"]["reason"] for look in seen if "error" in look} == {"UNAVAILABLE"}
    assert told["repeats"] > 0
    assert told["begun"] == told["booked"] == await booked()
    assert (told["refused"], told["failed"]) == ({}, {})
    assert told["xp_earned"] == await sql.fetchval("SELECT sum(amount) FROM xp_entries")
    # Looks at the board are not repeated: those under way may have got no answer.
    assert code == 0
