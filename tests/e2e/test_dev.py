"""`laurels dev`, as somebody who just cloned the repository meets it."""

import asyncio
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import grpc
import orjson
import psutil
import pytest

from laurels.v1.leaderboard_service_pb2 import LEADERBOARD_SOURCE_REDIS
from laurels.v1.progress_service_pb2 import GetSubmissionRequest, SubmitProgressResponse
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels_server.postgres.schema import needed_version
from tests.calls import Calls
from tests.e2e import reflection
from tests.e2e.process import Laurels, ended, serving, started, until

OURS = {"ProgressService", "CatalogService", "UserService", "LeaderboardService"}


async def ready(process: Laurels) -> None:
    """SERVING comes first, the sample and the welcome a moment later."""
    await process.until_logged("LeaderboardService/GetStanding")


def advertised(log: str) -> list[tuple[str, dict[str, Any]]]:
    """The calls a newcomer is told to try: method and request."""
    commands = re.findall(r"grpcurl -plaintext (?:-d '(.*?)')?.*?(laurels\.v1\.\w+/\w+)", log, re.S)
    return [(method, orjson.loads(request or "{}")) for request, method in commands]


async def call(process: Laurels, method: str, request: dict[str, Any]) -> dict[str, Any]:
    return await asyncio.to_thread(reflection.call, process.address, method, request)


async def test_a_newcomer_can_list_the_services_and_make_the_three_calls_it_prints(
    data_dir: Path,
) -> None:
    began = time.monotonic()
    async with serving("dev", data_dir=data_dir) as dev:
        await ready(dev)
        print(f"cold start: {time.monotonic() - began:.2f} s")

        listed = await asyncio.to_thread(reflection.services, dev.address)
        assert {f"laurels.v1.{name}" for name in OURS} < listed
        assert "grpc.health.v1.Health" in listed

        tries = advertised(dev.log)
        assert [method.rpartition("/")[2] for method, _ in tries] == [
            "SubmitProgress",
            "GetLeaderboard",
            "GetStanding",
        ]
        submitted, _, _ = [await call(dev, *each) for each in tries]
        included = {"consistency_token": submitted["consistency_token"]}
        _, board, standing = [
            await call(dev, method, request | (included if number else {}))
            for number, (method, request) in enumerate(tries)
        ]

        assert (submitted["user_id"], submitted["level_id"]) == ("scout-001", "puk_u1_l1")
        assert (submitted["xp_earned"], submitted["total_xp"]) == (15, 15)
        assert submitted["status"] == "PROGRESS_STATUS_COMPLETED"
        assert submitted["unlocked_level_ids"] == ["puk_u1_l2"]
        assert board["source"] == "LEADERBOARD_SOURCE_REDIS"
        assert (board["entries"][0]["position"], board["entries"][0]["user_id"]) == (1, "scout-001")
        assert (standing["placed"], standing["entry"]["position"]) == (True, 1)
        assert "Traceback" not in dev.log


async def test_its_postgresql_is_told_without_the_password_and_found_by_migrate(
    data_dir: Path,
) -> None:
    async with serving("dev", data_dir=data_dir) as dev:
        await dev.until_logged('/laurels"\n')
        (told,) = re.findall(r'^  ("postgresql://.*")$', dev.log, re.M)
        url = await asyncio.to_thread(
            subprocess.check_output, ["sh", "-c", f"printf %s {told}"], text=True
        )
        password = urlsplit(url).password
        assert password
        assert password not in dev.log

        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT count(*) FROM users") == 50
        await connection.close()
        migrated = await ended("migrate", data_dir=data_dir)
        assert migrated == (0, f"schema is at version {needed_version()}\n")


async def test_a_restart_keeps_everything_and_does_not_load_the_sample_again(
    data_dir: Path,
) -> None:
    async with serving("dev", data_dir=data_dir) as dev:
        await ready(dev)
        async with grpc.aio.insecure_channel(dev.address) as channel:
            calls = Calls(channel)
            first = await calls.submit("scout-007", "puk_u1_l1", request_id="kept")
            renamed = User(user_id="scout-007", display_name="James")
            await calls.users.UpsertUsers(UpsertUsersRequest(users=[renamed]))
        assert "50 learners were loaded" in dev.log
        await dev.stop()

    async with serving("dev", data_dir=data_dir) as dev:
        await ready(dev)
        assert "your data was kept" in dev.log
        async with grpc.aio.insecure_channel(dev.address) as channel:
            calls = Calls(channel)
            again = await calls.submit("scout-007", "puk_u1_l1", request_id="kept")
            page = await calls.board(consistency_token=again.consistency_token)
        assert (again.replayed, again.total_xp) == (True, first.total_xp)
        assert [(e.position, e.display_name, e.xp) for e in page.entries] == [(1, "James", 15)]
        assert page.source == LEADERBOARD_SOURCE_REDIS


async def test_after_kill_9_the_next_start_has_everything_that_was_acknowledged(
    data_dir: Path,
) -> None:
    acknowledged: dict[str, SubmitProgressResponse] = {}

    async def climb(calls: Calls, user_id: str) -> None:
        """Submits level after level until the server is gone."""
        for number in range(20):
            level_id = f"puk_u{number // 5 + 1}_l{number % 5 + 1}"
            acknowledged[f"{user_id} {level_id}"] = await calls.submit(
                user_id, level_id, request_id=level_id
            )

    async def has_many() -> bool:
        return len(acknowledged) >= 200

    async with serving("dev", data_dir=data_dir) as dev:
        await ready(dev)
        async with grpc.aio.insecure_channel(dev.address) as channel:
            calls = Calls(channel)
            climbing = [asyncio.create_task(climb(calls, f"scout-{n:03d}")) for n in range(1, 51)]
            await until(has_many, "200 submissions acknowledged")
            dev.kill()
            ends = await asyncio.gather(*climbing, return_exceptions=True)
    cut_off = [end for end in ends if isinstance(end, grpc.aio.AioRpcError)]
    assert cut_off, "the server was killed when all was done"
    assert {end.code() for end in cut_off} == {grpc.StatusCode.UNAVAILABLE}

    async with serving("dev", data_dir=data_dir) as dev:
        await ready(dev)
        async with grpc.aio.insecure_channel(dev.address) as channel:
            calls = Calls(channel)
            for key, answer in acknowledged.items():
                user_id, _, request_id = key.partition(" ")
                stored = await calls.progress.GetSubmission(
                    GetSubmissionRequest(user_id=user_id, request_id=request_id)
                )
                kept = stored.submission.progress
                kept.consistency_token = answer.consistency_token
                assert kept == answer
        print(f"{len(acknowledged)} acknowledged before the kill, all there after it")
        await dev.stop()


async def test_it_outlives_the_end_of_its_own_servers(data_dir: Path) -> None:
    async with serving("dev", data_dir=data_dir) as dev:
        await ready(dev)
        async with grpc.aio.insecure_channel(dev.address) as channel:
            calls = Calls(channel)
            first = await calls.submit("scout-001", "puk_u1_l1")

            async def is_booked() -> bool:
                """Whether another level is."""
                try:
                    answer = await calls.submit("scout-001", "puk_u1_l2", request_id="after")
                except grpc.aio.AioRpcError:
                    return False
                return answer.total_xp > first.total_xp

            async def is_read_from_redis() -> bool:
                page = await calls.board()
                return page.source == LEADERBOARD_SOURCE_REDIS and len(page.entries) == 1

            for name in ("postgres", "valkey-server"):
                next(process for process in dev.children() if process.name() == name).kill()
            booked_s = await until(is_booked, "a submission is booked")
            read_s = await until(is_read_from_redis, "the board comes from Redis")
            print(f"booked again after {booked_s:.1f} s, read from Redis {read_s:.1f} s later")

            assert sorted(
                (line["server"], line["exit_status"])
                for line in dev.events("embedded_started_again")
            ) == [("PostgreSQL", -signal.SIGKILL), ("Valkey", -signal.SIGKILL)]
        await dev.stop()


async def test_two_run_side_by_side_on_other_addresses_and_folders(data_dir: Path) -> None:
    async with (
        serving("dev", data_dir=data_dir / "one") as one,
        serving("dev", data_dir=data_dir / "two") as two,
    ):
        await asyncio.gather(ready(one), ready(two))
        for dev, user_id in ((one, "scout-001"), (two, "scout-002")):
            async with grpc.aio.insecure_channel(dev.address) as channel:
                answer = await Calls(channel).submit(user_id, "puk_u1_l1")
                page = await Calls(channel).board(consistency_token=answer.consistency_token)
            assert [entry.user_id for entry in page.entries] == [user_id]
        await asyncio.gather(one.stop(), two.stop())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_with_exit_code_0_and_ends_its_servers(
    data_dir: Path, number: signal.Signals
) -> None:
    async with serving("dev", data_dir=data_dir) as dev:
        await ready(dev)
        servers = dev.children()
        names = {process.name() for process in servers}
        assert {"postgres", "valkey-server"} <= names
        async with grpc.aio.insecure_channel(dev.address) as channel:
            await Calls(channel).submit("scout-001", "puk_u1_l1")

        began = time.monotonic()
        dev.send(number)
        assert await dev.exit_code() == 0, dev.log
        print(f"{number.name}: ended within {time.monotonic() - began:.2f} s")
        assert "Traceback" not in dev.log
        assert not [process for process in servers if psutil.pid_exists(process.pid)]


@pytest.mark.parametrize("delay_s", [0.5, 1.0, 1.5])
async def test_a_signal_while_it_starts_leaves_nothing_running(
    data_dir: Path, delay_s: float
) -> None:
    async with started("dev", data_dir=data_dir) as dev:
        await asyncio.sleep(delay_s)
        dev.terminate()
        # Before Python has come as far as our code, the signal ends it by itself.
        assert await dev.exit_code() in (0, -signal.SIGTERM)
        assert "Traceback" not in dev.log
    # The folder's fixture looks for what is left.


async def test_a_second_one_on_the_same_folder_is_told_so_in_one_line(data_dir: Path) -> None:
    async with serving("dev", data_dir=data_dir) as first:
        code, output = await ended("dev", data_dir=data_dir)

        assert code != 0
        assert output == (
            f"Error: another laurels dev (pid {first.pid}) already uses {data_dir}; "
            "stop it, or set LAURELS_DATA_DIR to another folder\n"
        )
        assert await first.health() == "SERVING"
        await first.stop()
