"""`laurels simulate`: a load that tells the truth about itself."""

import signal
from typing import Any

import orjson

from laurels.v1.catalog_service_pb2 import RetireLevelRequest
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls
from tests.e2e.process import ended, started
from tests.sql import Sql


def summary(output: str) -> dict[str, Any]:
    """The last of its JSON lines."""
    *before, last = [orjson.loads(line) for line in output.splitlines()]
    assert all(list(line) == ["progress"] for line in before)
    return last["summary"]


async def test_what_it_says_was_booked_was_booked_and_no_more(app: App, sql: Sql) -> None:
    words = ("--rate", "50", "--seconds", "1.2", "--learners", "10", "--class", "troop", "--json")
    code, output = await ended("simulate", *words, listen=app.address)

    told = summary(output)
    assert code == 0, output
    assert told["begun"] == told["booked"] == await sql.fetchval("SELECT count(*) FROM submissions")
    assert told["xp_earned"] == await sql.fetchval("SELECT sum(amount) FROM xp_entries")
    assert told["passed"] == told["reads"] > 0
    assert 0 < told["begun"] <= 62
    assert (told["refused"], told["failed"], told["repeats"]) == ({}, {}, 0)
    assert 0 < told["latency_ms"]["p50"] <= told["latency_ms"]["p99"] <= told["latency_ms"]["max"]
    assert await sql.fetchval("SELECT count(*) FROM users WHERE user_id ~ '^troop-0(0[1-9]|10)$'")
    assert output.count('"progress"') >= 1


async def test_refusals_are_counted_by_their_reason(app: App, calls: Calls) -> None:
    async with started(
        "simulate", "--rate", "40", "--seconds", "30", "--json", listen=app.address
    ) as simulate:
        await simulate.until_logged('"progress"')
        for unit in range(1, 5):
            for number in range(1, 6):
                await calls.catalog.RetireLevel(
                    RetireLevelRequest(level_id=f"puk_u{unit}_l{number}")
                )
        await simulate.until_logged('"LEVEL_RETIRED"')
        simulate.send(signal.SIGINT)
        code = await simulate.exit_code()
        told = summary(simulate.log)
    assert code in (1, 2)
    assert list(told["refused"]) == ["LEVEL_RETIRED"]
    assert told["begun"] == told["booked"] + told["refused"]["LEVEL_RETIRED"]


async def test_it_says_in_words_how_it_went_when_it_is_interrupted(app: App) -> None:
    async with started("simulate", "--rate", "20", listen=app.address) as simulate:
        await simulate.until_logged("submissions/s")
        simulate.send(signal.SIGINT)
        assert await simulate.exit_code() == 0
        told = simulate.log
        assert "Traceback" not in simulate.log
    assert " attempts booked in " in told
    assert "(20.0 a second asked for)" in told
    assert " submissions a second; in ms p50 " in told.splitlines()[-2]


async def test_another_machine_is_left_alone_unless_it_is_meant() -> None:
    code, output = await ended("simulate", listen="192.0.2.1:50051")
    assert code == 2
    assert output.startswith("Error: 192.0.2.1:50051 is not on this machine; with --anywhere")
    words = ("simulate", "--anywhere", "--timeout", "0.1")
    code, output = await ended(*words, listen="192.0.2.1:50051")
    assert code == 2
    assert "not on this machine" not in output


async def test_without_a_level_to_play_it_cannot_begin(settings: Settings) -> None:
    async with App(settings) as app:
        code, output = await ended("simulate", listen=app.address)
    assert (code, output) == (2, "Error: there is no level to play; load a catalog first\n")
