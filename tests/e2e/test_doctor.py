"""`laurels doctor`: what it sees of a server and its stores, and what it says to do."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import orjson
import pytest

from laurels_server.app import App
from laurels_server.cli import server_checks
from laurels_server.cli.doctor import examine
from laurels_server.cli.server_checks import examine_clocks
from laurels_server.cli.setting_checks import strangers
from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers, embedded_servers
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.diagnosis import is_too_old
from laurels_server.usecases.doctor import Check, Clock, Verdict
from tests.calls import Calls
from tests.e2e.process import Setting, ended, free_address, started, until
from tests.embedded.probes import command
from tests.sql import Sql

Json = dict[str, Any]

NAMES = [
    "settings",
    "postgresql",
    "migrations",
    "synchronous_commit",
    "durability",
    "redis",
    "maxmemory-policy",
    "server",
    "relay",
    "clocks",
]


def of(app: App, settings: Settings) -> dict[str, Setting]:
    """What the doctor of this server is given."""
    return {
        "listen": app.address,
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
    }


async def wrong(app: App, settings: Settings, **given: Setting) -> list[Check]:
    """What a doctor in this process finds wrong; it is there sooner than a command."""
    checks = await examine(settings.model_copy(update={"listen": app.address, **given}))
    assert all(check.verdict is not Verdict.UNSEEN for check in checks)
    return [check for check in checks if check.verdict is Verdict.WRONG]


async def examined(**given: Setting) -> tuple[int, list[Json]]:
    """The exit code, and all that was looked at."""
    code, output = await ended("doctor", "--json", **given)
    assert "Traceback" not in output
    if password := urlsplit(str(given.get("database_url", ""))).password:
        assert password not in output
    checks: list[Json] = orjson.loads(output)["checks"]
    for check in checks:
        assert list(check) == ["name", "verdict", "saw", "advice"]
        assert bool(check["advice"]) == (check["verdict"] != "well")
    return code, checks


def bad(checks: list[Json]) -> list[Json]:
    return [check for check in checks if check["verdict"] != "well"]


async def test_all_is_well_with_a_server_as_it_should_be(app: App, settings: Settings) -> None:
    code, checks = await examined(**of(app, settings))
    assert (code, bad(checks)) == (0, [])
    assert [check["name"] for check in checks] == NAMES
    saw = {check["name"]: check["saw"] for check in checks}
    assert saw["settings"] == "4 set here, all of them known"
    assert saw["synchronous_commit"] == "on"
    assert saw["maxmemory-policy"] == "noeviction, without a limit of memory"
    assert saw["server"] == f"SERVING at {app.address}"
    assert saw["relay"] == "0 behind of 0 entries"
    assert saw["clocks"].startswith("beside PostgreSQL: Redis the same within 0.")


async def test_the_clock_of_a_server_is_read_from_its_metrics(settings: Settings) -> None:
    told = settings.model_copy(update={"metrics_listen": free_address()})
    async with App(told) as app:
        checks = await examine(told.model_copy(update={"listen": app.address}))
    assert re.search(r"the server the same within \d+\.\d{3} s", checks[-1].saw)


async def test_people_see_a_line_for_each_with_what_to_do(app: App, settings: Settings) -> None:
    given = of(app, settings) | {"pool_sizes": 3}
    code, output = await ended("doctor", **given)
    assert code == 1
    lines = [line.split("\t") for line in output.splitlines()]
    assert lines[0] == [
        "wrong",
        "settings",
        "LAURELS_POOL_SIZES is no setting",
        "Call it LAURELS_POOL_SIZE.",
    ]
    assert [line[1] for line in lines] == NAMES


async def test_what_cannot_be_looked_at_is_no_finding_but_exits_2(app: App) -> None:
    code, checks = await examined(listen=app.address, data_dir="/nowhere")
    assert code == 2
    assert [(check["name"], check["verdict"]) for check in bad(checks)] == [
        ("postgresql", "unseen"),
        ("redis", "unseen"),
    ]


async def test_the_stores_of_a_dev_server_are_found_by_its_folder(tmp_path: Path) -> None:
    with embedded_servers(tmp_path):
        code, checks = await examined(listen=free_address(), data_dir=tmp_path)
    assert code == 1
    assert [check["name"] for check in bad(checks)] == ["migrations", "server"]


async def test_stores_and_a_server_that_are_away_are_each_a_finding() -> None:
    nobody = free_address()
    code, checks = await examined(
        listen=nobody,
        database_url=f"postgresql://laurels:s3cret@{nobody}/laurels",
        redis_url=f"redis://{nobody}/0",
    )
    assert code == 1
    assert [check["name"] for check in bad(checks)] == ["postgresql", "redis", "server"]


async def test_a_wrong_password_is_told_as_such(app: App, settings: Settings) -> None:
    right = urlsplit(settings.database_url)
    url = right._replace(netloc=right.netloc.replace(str(right.password), "wr0ng")).geturl()
    (told,) = await wrong(app, settings, database_url=url)
    assert told.saw.startswith("it refuses us: password authentication failed")
    assert "wr0ng" not in told.saw


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("SET synchronous_commit = off", "synchronous_commit"),
        ("SET default_transaction_read_only = on", "postgresql"),
    ],
)
async def test_settings_of_a_database_that_break_promises_are_found(
    app: App, settings: Settings, sql: Sql, statement: str, name: str
) -> None:
    database = await sql.fetchval("SELECT current_database()")
    await sql.execute(f"ALTER DATABASE {database} {statement}")
    assert [check.name for check in await wrong(app, settings)] == [name]


async def test_commits_to_the_own_disk_are_enough_while_no_other_machine_is_waited_for(
    app: App, settings: Settings, sql: Sql
) -> None:
    database = await sql.fetchval("SELECT current_database()")
    await sql.execute(f"ALTER DATABASE {database} SET synchronous_commit = local")
    assert await wrong(app, settings) == []


async def test_a_database_without_the_schema_is_told_what_to_run(
    app: App, settings: Settings, empty_database_url: str
) -> None:
    (told,) = await wrong(app, settings, database_url=empty_database_url)
    assert (told.name, told.advice) == ("migrations", "Run `laurels migrate`.")


async def test_a_schema_of_a_newer_version_is_not_to_be_migrated(
    app: App, settings: Settings, sql: Sql
) -> None:
    await sql.execute("UPDATE alembic_version SET version_num = '9999'")
    (told,) = await wrong(app, settings)
    assert told.name == "migrations"
    assert "newer than this one" in told.advice


async def test_a_redis_that_may_evict_or_takes_no_writes_is_found(
    app: App, settings: Settings, tmp_path: Path
) -> None:
    with EmbeddedValkey(tmp_path) as valkey:
        command(valkey.url, "CONFIG", "SET", "maxmemory", "100mb")
        command(valkey.url, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        (told,) = await wrong(app, settings, redis_url=valkey.url)
        assert told.name == "maxmemory-policy"
        assert told.saw == "allkeys-lru, of 104,857,600 bytes"

        command(valkey.url, "CONFIG", "SET", "maxmemory-policy", "noeviction")
        command(valkey.url, "REPLICAOF", "127.0.0.1", "1")
        (told,) = await wrong(app, settings, redis_url=valkey.url)
        assert told.name == "redis"
        assert "a replica" in told.saw


@pytest.mark.parametrize(
    ("name", "version", "told"),
    [
        ("Redis", "6.2.14", True),
        ("Redis", "7.0.0", False),
        ("Valkey", "7.2.4", True),
        ("Valkey", "9.1.0", False),
        ("Redis", "unstable", None),
        ("Redis", "", None),
    ],
)
def test_a_version_of_redis_that_is_no_number_is_not_judged(
    name: str, version: str, told: bool | None
) -> None:
    assert is_too_old(name, version) is told


async def test_a_database_of_redis_that_does_not_exist_is_found(
    app: App, settings: Settings, servers: EmbeddedServers
) -> None:
    url = f"redis://127.0.0.1:{servers.valkey.port}/99"
    (told,) = await wrong(app, settings, redis_url=url)
    assert told.name == "redis database"
    assert told.saw == "there is no database 99"


async def test_a_relay_that_does_not_follow_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_checks, "_KEEPS_UP_S", 0.2)
    # The verifier would wait for the relay.
    async with (
        App(settings.model_copy(update={"verify_per_s": 0})) as app,
        grpc.aio.insecure_channel(app.address) as channel,
    ):
        await app.load_sample()
        calls = Calls(channel)
        answer = await calls.submit("scout-001", "puk_u1_l1")
        await calls.board(consistency_token=answer.consistency_token)
        app.relay.stop()
        app.relay.wake()
        await calls.submit("scout-002", "puk_u1_l1")
        (told,) = await wrong(app, settings)
    assert told.name == "relay"
    assert told.saw == "1 entry behind, and not following within 0.2 s"


async def test_a_board_that_is_no_longer_told_to_be_of_now_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_checks, "_KEEPS_UP_S", 0.2)
    monkeypatch.setattr(server_checks, "_STALE_S", 0.3)
    async with App(settings.model_copy(update={"verify_per_s": 0})) as app:
        app.relay.stop()
        app.relay.wake()

        async def found() -> bool:
            return [check.name for check in await wrong(app, settings)] == ["relay"]

        await until(found, "a board that is old")


async def test_a_server_that_cannot_reach_its_database_is_found(
    app: App, settings: Settings, servers: EmbeddedServers
) -> None:
    waiting = f"postgresql://laurels@{free_address()}/laurels"
    async with started("serve", database_url=waiting, redis_url=servers.redis_url) as server:
        await server.until_health("NOT_SERVING")
        (told,) = await wrong(app, settings, listen=server.address)
    assert told.saw == f"NOT_SERVING at {server.address}"


async def test_a_setting_that_cannot_be_read_is_named(app: App) -> None:
    code, checks = await examined(listen=app.address, lanes="many", pool_sise=4)
    assert code == 1
    assert [check["verdict"] for check in checks] == ["wrong", "wrong"]
    assert "LAURELS_POOL_SISE" in checks[0]["saw"]
    assert checks[1]["saw"].startswith("LAURELS_LANES is wrong: ")


async def test_a_redis_url_without_a_number_at_its_end_is_named_and_not_quoted(app: App) -> None:
    code, checks = await examined(listen=app.address, redis_url="redis://:s3cret@there:6379/x")
    (told,) = checks
    assert (code, told["name"]) == (1, "settings")
    assert told["saw"].startswith("LAURELS_REDIS_URL is wrong: must end with the number")
    assert "s3cret" not in str(told)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LAURELS_POOLSIZE", "LAURELS_POOL_SIZE"),
        ("laurels_redis_ulr", "LAURELS_REDIS_URL"),
        ("LAUREL_LISTEN", "LAURELS_LISTEN"),
        ("LAURELS_COLOUR", ""),
    ],
)
def test_a_misspelt_variable_is_guessed(name: str, meant: str) -> None:
    assert strangers([name]) == [(name, meant)]


@pytest.mark.parametrize("name", ["LAURELS_LISTEN", "laurels_lanes", "LISTEN", "LAURELS_PORT"])
def test_a_variable_of_ours_or_of_nobody_is_no_stranger(name: str) -> None:
    assert strangers([name]) == []


@pytest.mark.parametrize(
    ("redis_s", "here_s", "verdict", "owner"),
    [
        (0.2, -0.3, Verdict.WELL, ""),
        (90.0, 0.0, Verdict.WRONG, "Redis"),
        (0.0, 0.0, Verdict.WELL, ""),
        (-1.2, 0.0, Verdict.WRONG, "Redis"),
        (0.0, 7.0, Verdict.WRONG, "this machine"),
    ],
)
def test_clocks_that_are_a_second_apart_are_found(
    redis_s: float, here_s: float, verdict: Verdict, owner: str
) -> None:
    clocks = [Clock("PostgreSQL", -here_s, 0.01), Clock("Redis", redis_s - here_s, 0.02), None]
    (told,) = examine_clocks(clocks)
    assert told.verdict == verdict
    assert owner in told.advice
    assert bool(told.advice) == bool(owner)


def test_a_clock_that_is_only_known_to_a_second_is_not_accused() -> None:
    (told,) = examine_clocks([Clock("PostgreSQL", 0.0, 0.01), Clock("the server", 1.4, 0.5), None])
    assert told.verdict == Verdict.WELL
    assert examine_clocks([None, None]) == []
