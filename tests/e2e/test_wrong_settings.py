"""`laurels` with settings that are missing or wrong: one line that names the setting, no secret."""

import asyncio
import socket
from pathlib import Path

import orjson
import pytest

from laurels_server.config import ConfigError, load
from laurels_server.embedded.servers import EmbeddedServers
from laurels_server.embedded.valkey import EmbeddedValkey
from tests.e2e.process import Setting, ended, free_address, serving, started
from tests.embedded.probes import command
from tests.sql import Sql

PASSWORD = "s3cret-Pa55word"
NOBODY = free_address()
DATABASE = f"postgresql://laurels:{PASSWORD}@{NOBODY}/laurels"
REDIS = f"redis://:{PASSWORD}@{NOBODY}/0"


async def complaint(*words: str, **settings: Setting) -> str:
    """The one line that a command ends with; what it says before is logged."""
    code, output = await ended(*words, **settings)
    assert code == 1, output
    assert "Traceback" not in output
    for part in (PASSWORD, PASSWORD[-6:]):
        assert part not in output
    *logged, last = output.splitlines()
    for line in logged:
        assert "event" in orjson.loads(line)
    prefix = "Error: "
    assert last.startswith(prefix)
    return last.removeprefix(prefix)


@pytest.mark.parametrize(
    ("database_url", "said"),
    [
        ("", "is not set; or try `laurels dev`, which brings its own"),
        (f"laurels:{PASSWORD}@127.0.0.1", "is wrong: not a URL such as"),
        (f"mysql://laurels:{PASSWORD}@127.0.0.1/laurels", "is wrong: mysql:// is not postgresql"),
        (f"postgresql://laurels:{PASSWORD}@127.0.0.1:port/laurels", "is wrong: "),
        (f"postgresql://laurels:at@colon:{PASSWORD}@127.0.0.1/laurels", "is wrong: "),
        (f"{DATABASE}?colour=green", "is wrong: "),
        (DATABASE, "does not answer: "),
    ],
)
async def test_a_database_url_that_cannot_work_is_named(database_url: str, said: str) -> None:
    settings = {"database_url": database_url, "redis_url": REDIS, "startup_timeout_s": 0.2}
    assert (await complaint("serve", **settings)).startswith(f"LAURELS_DATABASE_URL {said}")


@pytest.mark.parametrize(
    ("redis_url", "said"),
    [
        ("", "is not set; or try `laurels dev`, which brings its own"),
        (f"127.0.0.1:6379/{PASSWORD}", "is wrong: "),
        (f"http://:{PASSWORD}@127.0.0.1/0", "is wrong: "),
        ("redis://127.0.0.1:port/0", "is wrong: "),
        (f"redis://:{PASSWORD}/slash@127.0.0.1:6379/0", "is wrong: "),
        (f"{REDIS}?colour=green", "is wrong: "),
        (f"redis://:{PASSWORD}@127.0.0.1/one", "is wrong: must end with the number of a database"),
    ],
)
async def test_a_redis_url_that_cannot_work_is_named(redis_url: str, said: str) -> None:
    settings = {"database_url": DATABASE, "redis_url": redis_url, "startup_timeout_s": 0.2}
    assert (await complaint("serve", **settings)).startswith(f"LAURELS_REDIS_URL {said}")


@pytest.mark.parametrize(
    "path", ["/x", "/1x", "/-1", "/1/2", "/0/x", "//", "/ 1", "/%31", "/\u0661"]
)
@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_redis_url_whose_end_would_be_taken_for_another_database_is_refused(
    scheme: str, path: str
) -> None:
    with pytest.raises(ConfigError, match="LAURELS_REDIS_URL is wrong: ") as refused:
        load(redis_url=f"{scheme}://:{PASSWORD}@127.0.0.1:6379{path}")
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://there",
        "redis://there:6379/",
        "redis://there:6379/0",
        "redis://there:6379/12/",
        "redis://there:6379?db=3",
        "rediss://me:a%2Fb@there:6379/3?ssl_cert_reqs=none",
        "unix:///run/valkey.sock?db=3",
    ],
)
def test_a_redis_url_with_a_number_or_without_one_is_taken(url: str) -> None:
    assert load(redis_url=url).redis_url == url


@pytest.mark.parametrize("word", ["serve", "migrate"])
async def test_a_wrong_password_and_an_unknown_database_are_told_at_once(
    servers: EmbeddedServers, word: str
) -> None:
    right = servers.postgres.url()
    password = right.removeprefix("postgresql://laurels:").partition("@")[0]
    wrong = right.replace(password, PASSWORD)
    unknown = servers.postgres.url("nowhere")

    # Nothing to wait for: each ends far sooner than PostgreSQL is waited for.
    for url, said in ((wrong, "password authentication failed"), (unknown, '"nowhere" does not')):
        told = await asyncio.wait_for(
            complaint(word, database_url=url, redis_url=servers.redis_url), 10
        )
        assert told.startswith("LAURELS_DATABASE_URL ")
        assert said in told
        assert password not in told


@pytest.mark.parametrize("given", ["", f":{PASSWORD}@"])
async def test_a_missing_or_wrong_password_for_redis_is_told_at_once(
    database_url: str, tmp_path: Path, given: str
) -> None:
    with EmbeddedValkey(tmp_path) as valkey:
        command(valkey.url, "CONFIG", "SET", "requirepass", "right")
        redis_url = valkey.url.replace("redis://", f"redis://{given}")
        told = await complaint("serve", database_url=database_url, redis_url=redis_url)
    assert told.startswith("LAURELS_REDIS_URL is refused: ")


async def test_a_database_without_the_schema_is_told_what_to_run(
    servers: EmbeddedServers, empty_database_url: str
) -> None:
    told = await complaint("serve", database_url=empty_database_url, redis_url=servers.redis_url)
    assert told.startswith("LAURELS_DATABASE_URL has no schema yet")
    assert "run `laurels migrate`" in told


async def test_a_role_without_rights_is_told_so(servers: EmbeddedServers, sql: Sql) -> None:
    await sql.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    try:
        await sql.execute("REVOKE ALL ON alembic_version FROM PUBLIC")
        database = await sql.fetchval("SELECT current_database()")
        guest = f"postgresql://guest:{PASSWORD}@127.0.0.1:{servers.postgres.port}/{database}"
        urls = {"database_url": guest, "redis_url": servers.redis_url}
        for word in ("serve", "migrate"):
            told = await complaint(word, **urls)
            assert told.startswith("LAURELS_DATABASE_URL ")
            assert "permission denied for table alembic_version" in told
    finally:
        await sql.execute("DROP ROLE guest")


async def test_a_second_server_on_one_port_is_refused(
    servers: EmbeddedServers, database_url: str
) -> None:
    urls = {"database_url": database_url, "redis_url": servers.redis_url}
    async with serving("serve", **urls) as first:
        told = await complaint("serve", listen=first.address, **urls)
        assert told == f"LAURELS_LISTEN {first.address} cannot be listened on; is it in use?"
        assert await first.health() == "SERVING"


async def test_a_port_of_another_program_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        told = await complaint("serve", listen=listen, database_url=DATABASE, redis_url=REDIS)
    assert told == f"LAURELS_LISTEN {listen} cannot be listened on; is it in use?"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lanes", "0"),
        ("lanes", "four"),
        ("pool_size", "1"),
        ("drain_timeout_s", "-1"),
        ("reflection", "perhaps"),
        ("log_level", "LOUD"),
        ("listen", "50051"),
        ("listen", "127.0.0.1:65536"),
    ],
)
async def test_a_setting_out_of_its_range_is_named_with_what_was_given(
    name: str, text: str
) -> None:
    settings: dict[str, Setting] = {"database_url": DATABASE, "redis_url": REDIS, name: text}
    told = await complaint("serve", **settings)
    assert told.startswith(f"LAURELS_{name.upper()} ")
    assert text in told


@pytest.mark.parametrize("word", ["serve", "dev"])
async def test_a_misspelt_setting_is_warned_of_once_without_its_value(word: str) -> None:
    given: dict[str, Setting] = {"database_url": DATABASE, "redis_url": REDIS}
    misspelt: dict[str, Setting] = {"redis_ulr": REDIS, "colour": PASSWORD}
    async with started(word, **given, **misspelt, startup_timeout_s=0.2) as server:
        assert await server.exit_code() == 1
        warned = server.events("unknown_setting")
        assert PASSWORD not in server.log
    assert [(line["level"], line["name"], line["meant"]) for line in warned] == [
        ("warning", "LAURELS_COLOUR", ""),
        ("warning", "LAURELS_REDIS_ULR", "LAURELS_REDIS_URL"),
    ]
