"""What a real server tells Prometheus: exactly what happened, without harm to anything else."""

import asyncio
import re
import socket
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import asyncpg
import grpc
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_POSTGRES,
    LEADERBOARD_SOURCE_REDIS,
    GetStandingRequest,
)
from laurels.v1.xp_service_pb2 import AwardXpRequest
from laurels_server.app import App
from laurels_server.config import ConfigError, Settings, load
from laurels_server.embedded.servers import EmbeddedServers
from laurels_server.embedded.valkey import EmbeddedValkey
from tests.calls import Calls, refusal
from tests.conftest import TEMPLATE
from tests.e2e.process import Setting, ended, free_address, health, serving, started, until
from tests.sql import Sql

DEFAULT = "127.0.0.1:9464"
NOBODY = free_address()

LEDGER_LOCK = "x'6c617572656c73'::bigint"
"""What every append to the ledger takes last; see append_entries in the first migration."""


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float


class Scrape:
    """All samples of one moment."""

    def __init__(self, text: str) -> None:
        self._samples = [
            Sample(sample.name, sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]

    def known(self, name: str, **labels: str) -> bool:
        return bool(self._values(name, labels))

    def of(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels; fails when there is none."""
        assert self.known(name, **labels), f"no {name} {labels}"
        return sum(self._values(name, labels))

    def _values(self, name: str, labels: dict[str, str]) -> list[float]:
        wanted = labels.items()
        return [s.value for s in self._samples if s.name == name and s.labels.items() >= wanted]

    def counts(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """What was counted, by the values of these labels, without what has not happened."""
        return {
            tuple(s.labels[label] for label in labels): s.value
            for s in self._samples
            if s.name == name and s.value
        }


async def scraped(address: str) -> Scrape:
    def read() -> str:
        with urlopen(f"http://{address}/metrics", timeout=10) as answer:
            assert answer.status == 200
            return answer.read().decode()

    return Scrape(await asyncio.to_thread(read))


async def until_scraped(address: str, name: str, wanted: float, **labels: str) -> Scrape:
    """Waits until a metric has this value; returns all of that moment."""
    last = await scraped(address)

    async def holds() -> bool:
        nonlocal last
        last = await scraped(address)
        return last.known(name, **labels) and last.of(name, **labels) == wanted

    await until(holds, f"{name} {labels} is {wanted:g}")
    return last


@pytest.fixture
async def given(settings: Settings) -> dict[str, Setting]:
    """What `laurels serve` is given, over a database with the sample in it."""
    async with App(settings) as app:
        await app.load_sample()
    return {
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "redis_prefix": settings.redis_prefix,
    }


async def test_every_call_and_what_became_of_it_is_counted_exactly(
    given: dict[str, Setting], tmp_path: Path
) -> None:
    at = free_address()
    with EmbeddedValkey(tmp_path) as valkey:
        own = {**given, "redis_url": valkey.url, "metrics_listen": at}
        # Patient with a machine that is busy: else a page could come from PostgreSQL early. And
        # none is kept: else one could come from Redis late.
        own |= {"redis_timeout_ms": 5000, "page_staleness_ms": 0}
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(serving("serve", **own))
            channel = grpc.aio.insecure_channel(server.address)
            calls = Calls(await stack.enter_async_context(channel))
            await until_scraped(at, "laurels_rebuilds_total", 1, outcome="in_use")

            for _ in range(3):
                await calls.submit("scout-001", "puk_u1_l1", request_id="once")
            assert (await refusal(calls.submit("scout-001", "puk_u4_l5"))).reason == "LEVEL_LOCKED"
            assert (
                await refusal(calls.submit("nobody", "puk_u1_l1"))
            ).reason == "LEARNER_NOT_FOUND"
            assert (await refusal(calls.submit("", "puk_u1_l1"))).reason == "INVALID_FIELD"
            award = AwardXpRequest(
                user_id="scout-002", source="quiz", reference="first", amount=7, request_id="award"
            )
            for _ in range(2):
                await calls.xp.AwardXp(award)

            await until_scraped(at, "laurels_projection_seq", 2)
            assert (await calls.board()).source == LEADERBOARD_SOURCE_REDIS
            await calls.leaderboard.GetStanding(GetStandingRequest(user_id="scout-001"))
            seen = await scraped(at)

            assert seen.counts("laurels_rpcs_total", "method", "code") == {
                ("laurels.v1.ProgressService/SubmitProgress", "OK"): 3,
                ("laurels.v1.ProgressService/SubmitProgress", "FAILED_PRECONDITION"): 1,
                ("laurels.v1.ProgressService/SubmitProgress", "NOT_FOUND"): 1,
                ("laurels.v1.ProgressService/SubmitProgress", "INVALID_ARGUMENT"): 1,
                ("laurels.v1.XpService/AwardXp", "OK"): 2,
                ("laurels.v1.LeaderboardService/GetLeaderboard", "OK"): 1,
                ("laurels.v1.LeaderboardService/GetStanding", "OK"): 1,
            }
            assert seen.counts("laurels_rpc_seconds_count", "method") == {
                ("laurels.v1.ProgressService/SubmitProgress",): 6,
                ("laurels.v1.XpService/AwardXp",): 2,
                ("laurels.v1.LeaderboardService/GetLeaderboard",): 1,
                ("laurels.v1.LeaderboardService/GetStanding",): 1,
            }
            assert seen.counts("laurels_submissions_total", "outcome") == {
                ("booked",): 1,
                ("replayed",): 2,
                ("refused",): 2,
            }
            # One attempt a batch, as each call waited for the one before.
            assert seen.of("laurels_batch_submissions_bucket", le="1.0") == 5
            assert seen.of("laurels_batch_submissions_sum") == 5
            assert seen.of("laurels_batch_seconds_count") == 5
            assert 0 < seen.of("laurels_batch_seconds_sum") < seen.of("laurels_rpc_seconds_sum")
            assert seen.counts("laurels_account_changes_total", "kind", "replayed") == {
                ("AWARD", "false"): 1,
                ("AWARD", "true"): 1,
            }
            assert seen.counts("laurels_board_reads_total", "source", "why") == {
                ("REDIS", "in_step"): 2
            }
            assert seen.of("laurels_ledger_seq") == 2
            assert seen.of("laurels_rebuild_seconds_count") == 1
            assert seen.of("laurels_relay_passes_total", verdict="moved") in (1, 2)
            assert seen.of("laurels_relay_passes_total", verdict="idle") > 0
            assert seen.of("laurels_waiting_submissions") == 0
            assert seen.of("laurels_breaker_open") == 0
            assert seen.of("laurels_postgres_answers") == 1
            assert seen.of("laurels_postgres_pool_connections", pool="awards") == 8
            assert seen.of("laurels_postgres_pool_connections", pool="reads") == 4
            assert seen.of("process_open_fds") > 0

            valkey.stop()
            assert (await calls.board()).source == LEADERBOARD_SOURCE_POSTGRES
            seen = await until_scraped(at, "laurels_breaker_open", 1)
            assert seen.of("laurels_board_reads_total", source="REDIS") == 2
            # By whichever of the two noticed first: this read or the relay.
            assert seen.of("laurels_board_reads_total", source="POSTGRES") == 1
            assert (await calls.board()).source == LEADERBOARD_SOURCE_POSTGRES
            seen = await scraped(at)
            assert seen.of("laurels_board_reads_total", source="POSTGRES") == 2
            assert seen.of("laurels_board_reads_total", why="breaker_open") >= 1
            assert seen.of("laurels_relay_passes_total", verdict="redis_away") >= 1
            await server.stop()


async def test_how_far_redis_is_shows_while_the_relay_gets_on(
    given: dict[str, Setting], sql: Sql
) -> None:
    at = free_address()
    async with serving("serve", **given, metrics_listen=at) as server:
        before = await until_scraped(at, "laurels_projection_seq", 0)
        first = before.of("laurels_projection_as_of_timestamp_seconds")

        async def renewed() -> bool:
            seen = await scraped(at)
            return seen.of("laurels_projection_as_of_timestamp_seconds") > first

        await until(renewed, "as_of is renewed without a change")
        now = await sql.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
        seen = await scraped(at)
        assert abs(now - seen.of("laurels_projection_as_of_timestamp_seconds")) < 10
        await server.stop()


async def test_what_waits_is_shown_while_it_waits_and_who_went_away_afterwards(
    given: dict[str, Setting], sql: Sql
) -> None:
    at = free_address()
    async with (
        serving("serve", **given, metrics_listen=at) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        calls = Calls(channel)
        await sql.execute(f"SELECT pg_advisory_lock({LEDGER_LOCK})")
        leaving = asyncio.ensure_future(calls.submit("scout-001", "puk_u1_l1", request_id="held"))
        await until_scraped(at, "laurels_postgres_busy_connections", 1, pool="awards")
        staying = asyncio.ensure_future(calls.submit("scout-002", "puk_u1_l1", request_id="held"))
        await until_scraped(at, "laurels_waiting_submissions", 2)

        leaving.cancel()
        await until_scraped(at, "laurels_rpcs_total", 1, code="CANCELLED")
        await sql.execute(f"SELECT pg_advisory_unlock({LEDGER_LOCK})")

        assert (await staying).xp_earned == 15
        seen = await until_scraped(at, "laurels_waiting_submissions", 0)
        # Whoever went away was booked all the same: their transaction was under way.
        assert seen.of("laurels_submissions_total", outcome="booked") == 2
        assert seen.of("laurels_postgres_busy_connections", pool="awards") == 0
        await server.stop()


async def test_a_learner_whom_someone_else_holds_is_counted_as_held_and_when_it_ends(
    given: dict[str, Setting], sql: Sql
) -> None:
    at = free_address()
    async with (
        serving("serve", **given, metrics_listen=at) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        async with sql.transaction():
            await sql.execute("SELECT FROM users WHERE user_id = 'scout-001' FOR UPDATE")
            submit = asyncio.ensure_future(Calls(channel).submit("scout-001", "puk_u1_l1"))
            await until_scraped(at, "laurels_submissions_total", 1, outcome="held")
        assert (await submit).xp_earned == 15
        seen = await until_scraped(at, "laurels_submissions_total", 1, outcome="booked")
        assert seen.counts("laurels_submissions_total", "outcome").keys() == {
            ("held",),
            ("booked",),
        }
        await server.stop()


async def test_a_database_that_is_gone_is_told_until_it_is_there_again(
    given: dict[str, Setting], servers: EmbeddedServers
) -> None:
    at = free_address()
    name = str(given["database_url"]).rpartition("/")[2]
    admin = await asyncpg.connect(servers.postgres.url("postgres"))
    async with (
        serving("serve", **given, metrics_listen=at) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        await until_scraped(at, "laurels_projection_seq", 0)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        refused = await refusal(Calls(channel).submit("scout-001", "puk_u1_l1"))
        assert refused.reason == "STORE_UNAVAILABLE"
        seen = await until_scraped(at, "laurels_postgres_answers", 0)
        assert await server.health() == "NOT_SERVING"
        assert seen.counts("laurels_submissions_total", "outcome") == {("unavailable",): 1}
        assert seen.of("laurels_relay_passes_total", verdict="postgres_away") >= 1

        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        await until_scraped(at, "laurels_postgres_answers", 1)
        await server.stop()
    await admin.close()


async def test_metrics_are_answered_while_the_server_waits_for_postgresql() -> None:
    at = free_address()
    urls = {
        "database_url": f"postgresql://laurels@{NOBODY}/laurels",
        "redis_url": f"redis://{NOBODY}/0",
    }
    async with started("serve", **urls, metrics_listen=at) as server:
        await server.until_health("NOT_SERVING")
        assert (await scraped(at)).of("laurels_postgres_answers") == 0


@contextmanager
def taken(address: str) -> Generator[None]:
    """Somebody listens there: this test, or whoever did so before it."""
    host, port = address.split(":")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            listener.bind((host, int(port)))
            listener.listen()
        yield


async def test_a_default_address_that_is_taken_is_done_without(given: dict[str, Setting]) -> None:
    assert Settings.model_fields["metrics_listen"].default == DEFAULT
    with taken(DEFAULT):
        # An empty variable is as none.
        async with serving("serve", **given, metrics_listen="") as server:
            [warning] = server.events("metrics_off")
            assert (warning["level"], warning["address"]) == ("warning", DEFAULT)
            assert "Address already in use" in warning["because"]
            await server.until_logged('"serving"')
            assert server.events("serving")[0]["metrics"] == ""
            await server.stop()


@pytest.mark.parametrize("address", [DEFAULT, f"{DEFAULT.partition(':')[0]}:0"])
async def test_an_address_that_was_asked_for_and_is_taken_is_an_error(
    address: str, given: dict[str, Setting]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        if address.endswith(":0"):
            address = f"127.0.0.1:{other.getsockname()[1]}"
        with taken(address):
            code, output = await ended("serve", **given, metrics_listen=address)
    told = f"LAURELS_METRICS_LISTEN {address} cannot be listened on; is it in use?"
    assert (code, output) == (1, f"Error: {told}\n")


@pytest.mark.parametrize("text", ["9464", ":9464", "on", "127.0.0.1:", "127.0.0.1:http"])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ConfigError) as told:
        load(metrics_listen=text)
    assert str(told.value) == (
        f"LAURELS_METRICS_LISTEN is wrong: must be ADDRESS:PORT or off, got {text!r}"
    )


@pytest.mark.parametrize("host", ["no-such-host.invalid", "no..host", "203.0.113.1"])
async def test_a_host_that_is_not_this_one_is_named(host: str, settings: Settings) -> None:
    server = App(settings.model_copy(update={"metrics_listen": f"{host}:0"}))
    with pytest.raises(ConfigError, match=f"METRICS_LISTEN {re.escape(host)}:0 cannot be listened"):
        await server.start()


async def test_a_port_that_does_not_exist_is_named(given: dict[str, Setting]) -> None:
    code, output = await ended("serve", **given, metrics_listen="127.0.0.1:65536")
    told = "LAURELS_METRICS_LISTEN 127.0.0.1:65536 cannot be listened on: no such port"
    assert (code, output) == (1, f"Error: {told}\n")


def listening(pid: int) -> set[str]:
    """Where a process listens."""
    return {
        f"{connection.laddr.ip.removeprefix('::ffff:')}:{connection.laddr.port}"
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


async def test_off_listens_nowhere_and_0_somewhere(given: dict[str, Setting]) -> None:
    async with serving("serve", **given, metrics_listen="off") as server:
        assert listening(server.pid) == {server.address}
        await server.stop()
    async with serving("serve", **given, metrics_listen="127.0.0.1:0") as server:
        await server.until_logged('"serving"')
        [told] = server.events("serving")
        assert listening(server.pid) == {server.address, told["metrics"]}
        assert (await scraped(told["metrics"])).of("laurels_postgres_answers") == 1
        await server.stop()


async def test_whoever_keeps_connections_open_harms_neither_health_nor_the_end(
    given: dict[str, Setting],
) -> None:
    at = free_address()
    host, port = at.split(":")
    async with serving("serve", **given, metrics_listen=at) as server, AsyncExitStack() as stack:
        for _ in range(30):
            stack.enter_context(socket.create_connection((host, int(port))))
        assert await server.health() == "SERVING"
        began = asyncio.get_running_loop().time()
        await server.stop()
        print(f"ended within {asyncio.get_running_loop().time() - began:.2f} s")
        assert await health(server.address) == "UNREACHABLE"


async def test_a_server_that_stopped_has_freed_its_metrics_address(settings: Settings) -> None:
    asked = settings.model_copy(update={"metrics_listen": "127.0.0.1:0"})
    async with App(asked) as app:
        address = app.metrics_address
        assert (await scraped(address)).of("laurels_postgres_answers") == 1
    assert app.metrics_address == ""
    # The very same address, asked for by name: taken, this would raise.
    again = settings.model_copy(update={"metrics_listen": address})
    async with App(again) as app:
        assert app.metrics_address == address
