"""`laurels serve --workers`: several processes on one port, which come, serve and go as one."""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.request import urlopen

import grpc
import psutil
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from laurels.v1.user_service_pb2 import GetUserRequest
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls
from tests.e2e.process import Laurels, Setting, ended, free_address, health, serving, started, until
from tests.e2e.test_drain import LEDGER_LOCK, WAITING_FOR_LEDGER, assert_booked_once
from tests.sql import Sql

WORKERS = 2
DRAIN_S = 5

_OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)
"""Else a second channel would share the first one's connection, and so its worker."""

GET_USER = "laurels.v1.UserService/GetUser"


@pytest.fixture
async def given(settings: Settings) -> dict[str, Setting]:
    """What two workers are given, over a database with the sample in it."""
    async with App(settings) as app:
        await app.load_sample()
    return {
        "workers": WORKERS,
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "redis_prefix": settings.redis_prefix,
        "drain_timeout_s": DRAIN_S,
        "metrics_listen": free_address(),
    }


@asynccontextmanager
async def working(given: dict[str, Setting]) -> AsyncGenerator[Laurels]:
    """Workers that all serve."""
    async with started("serve", **given) as server:
        await server.until_logged("all_serving")
        yield server


@asynccontextmanager
async def calling(server: Laurels) -> AsyncGenerator[Calls]:
    """Calls on a connection of their own, and so to one worker, whichever it is."""
    async with grpc.aio.insecure_channel(server.address, options=_OWN_CONNECTION) as channel:
        yield Calls(channel)


async def told(given: dict[str, Setting], name: str, **labels: str) -> dict[int, float]:
    """What each worker counts under a name, by their numbers."""

    def read() -> str:
        with urlopen(f"http://{given['metrics_listen']}/metrics", timeout=10) as answer:
            return answer.read().decode()

    families: list[Metric] = list(text_string_to_metric_families(await asyncio.to_thread(read)))
    counts: Counter[int] = Counter()
    for family in families:
        for sample in family.samples:
            if sample.name == name and sample.labels.items() >= labels.items():
                counts[int(sample.labels["worker"])] += sample.value  # pyright: ignore[reportArgumentType]
    return dict(counts)


def pids(server: Laurels) -> dict[int, int]:
    """The latest process of each worker, by their numbers."""
    return {event["worker"]: event["pid"] for event in server.events("worker_started")}


async def until_gone(processes: list[psutil.Process], *, within_s: float) -> float:
    async def gone() -> bool:
        return not any(one.is_running() and one.status() != "zombie" for one in processes)

    return await until(gone, "all processes are gone", within_s=within_s)


async def ask_until(given: dict[str, Setting], server: Laurels, number: int) -> None:
    """Connects anew until this worker has answered a call."""
    for _ in range(100):
        async with calling(server) as calls:
            await calls.users.GetUser(GetUserRequest(user_id="scout-001"))
        if (await told(given, "laurels_rpcs_total", method=GET_USER)).get(number):
            return
    raise AssertionError(f"worker {number} never answered")


async def test_all_answer_on_one_port_and_one_page_tells_what_each_counts(
    given: dict[str, Setting],
) -> None:
    async with working({**given, "log_level": "DEBUG"}) as server:
        for number in range(WORKERS):
            await ask_until(given, server, number)
        async with calling(server) as calls:
            await calls.submit("scout-001", "puk_u1_l1", request_id="once")
        assert await told(given, "laurels_worker_up") == {0: 1, 1: 1}
        assert sum((await told(given, "laurels_submissions_total", outcome="booked")).values()) == 1
        assert await told(given, "laurels_postgres_answers") == {0: 1, 1: 1}
        assert set(await told(given, "process_open_fds")) == {0, 1}

        async def verified() -> bool:
            return (await told(given, "laurels_verified_learners_total"))[0] > 0

        await until(verified, "the first worker verifies")
        assert (await told(given, "laurels_verified_learners_total"))[1] == 0

        # Two workers, and the log tells them apart, also where a lane writes.
        assert {event["worker"] for event in server.events("serving")} == {0, 1}
        [award] = server.events("award")
        assert award["worker"] in (0, 1)
        await server.stop()
        assert {event.get("worker") for event in server.events("stopped")} == {0, 1, None}


async def test_one_relay_works_and_another_takes_over_from_one_that_froze_or_died(
    given: dict[str, Setting], sql: Sql
) -> None:
    async def at_work() -> set[int]:
        """Whose relay makes passes."""
        before = await told(given, "laurels_relay_passes_total")
        await asyncio.sleep(0.5)
        after = await told(given, "laurels_relay_passes_total")
        return {number for number, passes in after.items() if passes > before[number]}

    async def visible() -> bool:
        end = await sql.fetchval("SELECT max(seq) FROM xp_entries")
        return max((await told(given, "laurels_projection_seq")).values()) == end

    async with working(given) as server:
        [holder] = await at_work()
        other = 1 - holder
        frozen = psutil.Process(pids(server)[holder])
        frozen.suspend()
        try:

            async def taken_over() -> bool:
                return other in await at_work()

            took_s = await until(taken_over, "the other worker's relay works", within_s=10)
        finally:
            frozen.resume()

        async def alone() -> bool:
            return await at_work() == {other}

        await until(alone, "one of them looks on again")

        psutil.Process(pids(server)[other]).kill()
        async with asyncio.timeout(10):
            while True:
                try:
                    async with calling(server) as calls:
                        await calls.submit("scout-001", "puk_u1_l1", request_id="after")
                        break
                except grpc.aio.AioRpcError:
                    continue
        died_s = await until(visible, "what was booked is visible")
        print(f"taken over {took_s:.2f} s after a freeze, visible {died_s:.2f} s after a death")
        await server.stop()


async def test_a_worker_that_is_killed_loses_nothing_acknowledged_and_comes_back(
    given: dict[str, Setting], sql: Sql
) -> None:
    levels = [f"puk_u{unit}_l{number}" for unit in range(1, 3) for number in range(1, 6)]
    acknowledged: list[SubmitProgressResponse] = []
    failed: Counter[str] = Counter()

    async def climb(server: Laurels, user_id: str) -> None:
        """Level after level, each until it is acknowledged."""
        async with calling(server) as calls:
            for level_id in levels:
                while True:
                    try:
                        answer = await calls.submit(user_id, level_id, request_id=level_id)
                    except grpc.aio.AioRpcError as error:
                        failed[error.code().name] += 1
                        await calls.channel.channel_ready()
                        continue
                    acknowledged.append(answer)
                    break

    async def has_some() -> bool:
        return len(acknowledged) >= 50

    async with working(given) as server:
        climbing = [
            asyncio.ensure_future(climb(server, f"scout-{number:03d}")) for number in range(1, 41)
        ]
        await until(has_some, "the load is there")
        victim = pids(server)[0]
        psutil.Process(victim).kill()
        await asyncio.gather(*climbing)

        async def is_back() -> bool:
            return await told(given, "laurels_worker_up") == {0: 1, 1: 1}

        await until(is_back, "the killed worker is back")
        assert pids(server)[0] != victim
        [end] = server.events("worker_ended")
        assert (end["worker"], end["exit_code"]) == (0, -signal.SIGKILL)
        await ask_until(given, server, 0)
        await server.stop()
    # Else nobody was connected to the one that died, and nothing is shown.
    assert failed["UNAVAILABLE"]
    assert len(acknowledged) == 40 * len(levels)
    await assert_booked_once(sql, acknowledged)


@asynccontextmanager
async def held_up(
    server: Laurels, sql: Sql
) -> AsyncGenerator[list[asyncio.Future[SubmitProgressResponse]]]:
    """Calls under way in every worker, which wait for a lock that `sql` holds."""
    await sql.execute(f"SELECT pg_advisory_lock({LEDGER_LOCK})")
    async with AsyncExitStack() as stack:
        submits: list[asyncio.Future[SubmitProgressResponse]] = []
        for number in range(1, 21):
            calls = await stack.enter_async_context(calling(server))
            submit = calls.submit(f"scout-{number:03d}", "puk_u1_l1", request_id="held")
            submits.append(asyncio.ensure_future(submit))

        async def all_wait() -> bool:
            return await sql.fetchval(WAITING_FOR_LEDGER) == WORKERS

        await until(all_wait, "every worker has calls under way")
        yield submits
        await asyncio.gather(*submits, return_exceptions=True)


async def test_sigterm_lets_all_of_them_finish_their_calls(
    given: dict[str, Setting], sql: Sql
) -> None:
    async with working(given) as server, held_up(server, sql) as submits:
        workers = server.children()
        server.terminate()

        async def refused() -> bool:
            return await server.health() != "SERVING"

        await until(refused, "new calls are refused")
        assert not [submit for submit in submits if submit.done()]
        await sql.execute(f"SELECT pg_advisory_unlock({LEDGER_LOCK})")
        answers = await asyncio.gather(*submits)
        assert await server.exit_code(within_s=DRAIN_S + 2) == 0, server.log
        assert "Traceback" not in server.log
        assert not [one for one in workers if one.is_running()]
        assert not server.events("worker_ended")
    assert len(answers) == 20
    await assert_booked_once(sql, answers)


async def test_a_second_signal_ends_all_of_them_at_once(
    given: dict[str, Setting], sql: Sql
) -> None:
    patient = {**given, "drain_timeout_s": 60}
    async with working(patient) as server, held_up(server, sql):
        workers = server.children()
        server.send(signal.SIGINT)

        async def refused() -> bool:
            return await server.health() != "SERVING"

        await until(refused, "new calls are refused")
        server.send(signal.SIGINT)
        assert await server.exit_code(within_s=3) == 1
        assert not [one for one in workers if one.is_running()]
        assert len(server.events("workers_killed")) == 1
        assert "Traceback" not in server.log
        await sql.execute(f"SELECT pg_advisory_unlock({LEDGER_LOCK})")


async def test_workers_that_hang_are_killed_when_the_time_is_over(
    given: dict[str, Setting],
) -> None:
    async with working({**given, "drain_timeout_s": 0}) as server:
        workers = server.children()
        workers[0].suspend()
        server.terminate()
        assert await server.exit_code(within_s=10) == 1
        assert not [one for one in workers if one.is_running()]
        assert [event["impatient"] for event in server.events("workers_killed")] == [False]


async def test_when_the_supervisor_is_killed_the_workers_finish_and_end(
    given: dict[str, Setting], sql: Sql
) -> None:
    async with working(given) as server, held_up(server, sql) as submits:
        workers = server.children()
        assert len(workers) == WORKERS
        server.kill()

        async def refused() -> bool:
            return await server.health() != "SERVING"

        await until(refused, "new calls are refused")
        await sql.execute(f"SELECT pg_advisory_unlock({LEDGER_LOCK})")
        answers = await asyncio.gather(*submits)
        await until_gone(workers, within_s=DRAIN_S + 2)
    assert len(answers) == 20
    await assert_booked_once(sql, answers)

    # Nothing is left that would keep the next one out.
    async with working({**given, "listen": server.address}) as next_one:
        await next_one.stop()


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_second_server_on_their_port_is_refused(
    given: dict[str, Setting], workers: int
) -> None:
    async with working(given) as first:
        second = {**given, "workers": workers, "listen": first.address, "metrics_listen": "off"}
        code, output = await ended("serve", **second)
        refused = f"Error: LAURELS_LISTEN {first.address} cannot be listened on; is it in use?"
        assert (code, output) == (1, f"{refused}\n")
        assert await first.health() == "SERVING"


async def test_they_are_refused_the_port_of_another_server_and_of_another_program(
    given: dict[str, Setting],
) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        shared = f"127.0.0.1:{other.getsockname()[1]}"
        async with serving("serve", **{**given, "workers": 1, "metrics_listen": "off"}) as first:
            for listen in (first.address, shared):
                code, output = await ended("serve", **{**given, "listen": listen})
                refused = f"Error: LAURELS_LISTEN {listen} cannot be listened on; is it in use?"
                assert (code, output) == (1, f"{refused}\n")


async def test_one_worker_is_one_process_as_ever(given: dict[str, Setting]) -> None:
    async with serving("serve", **{**given, "workers": 1}) as server:
        assert server.children() == []
        assert "worker" not in server.events("serving")[0]
        await server.stop()


MISTAKES: list[tuple[dict[str, Setting], str]] = [
    ({"database_url": ""}, "LAURELS_DATABASE_URL is not set; or try `laurels dev`"),
    ({"redis_url": "redis://127.0.0.1:port/0"}, "LAURELS_REDIS_URL is wrong: "),
    ({"listen": "127.0.0.1:65536"}, "LAURELS_LISTEN 127.0.0.1:65536 cannot be listened on: no"),
    ({"pool_size": 4, "lanes": 4}, "LAURELS_POOL_SIZE is too small for 4 lanes"),
    ({"workers": 0}, "LAURELS_WORKERS is wrong: "),
    ({"workers": 65}, "LAURELS_WORKERS is wrong: "),
]


@pytest.mark.parametrize(("mistake", "said"), MISTAKES, ids=lambda value: str(value)[:40])
async def test_a_mistake_in_the_settings_ends_them_all_with_one_line(
    given: dict[str, Setting], mistake: dict[str, Setting], said: str
) -> None:
    code, output = await ended("serve", **{**given, **mistake})
    errors = [line for line in output.splitlines() if not line.startswith("{")]
    assert code == 1
    assert len(errors) == 1
    assert errors[0].startswith(f"Error: {said}")


async def test_a_metrics_address_that_is_taken_is_refused(given: dict[str, Setting]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        code, output = await ended("serve", **{**given, "metrics_listen": taken})
    assert code == 1
    assert output == f"Error: LAURELS_METRICS_LISTEN {taken} cannot be listened on; is it in use?\n"


async def test_any_free_port_is_one_port_for_all(given: dict[str, Setting]) -> None:
    async with started("serve", **{**given, "listen": "127.0.0.1:0"}) as server:
        await server.until_logged("all_serving")
        [serving_] = server.events("all_serving")
        assert {event["address"] for event in server.events("serving")} == {serving_["address"]}
        assert await health(serving_["address"]) == "SERVING"
        await server.stop()
