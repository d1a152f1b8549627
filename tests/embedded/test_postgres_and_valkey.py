"""Each server by itself: safe on disk, closed to others, and the ways a test may break it."""

import asyncio
import os
import stat
import subprocess
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.embedded.unprivileged import unprivileged_account
from laurels_server.embedded.valkey import EmbeddedValkey
from tests.embedded.probes import command, is_alive, query


def test_postgres_is_durable_and_speaks_utf_8(folder: Path) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums", "server_encoding")
    with EmbeddedPostgres(folder) as postgres:
        values = [query(postgres.url(), f"SHOW {name}")[0] for name in names]
        assert values == ["on", "on", "on", "on", "UTF8"]


def test_valkey_is_durable_and_never_evicts(folder: Path) -> None:
    names = ("appendonly", "appendfsync", "maxmemory-policy", "save", "protected-mode")
    with EmbeddedValkey(folder) as valkey:
        values = command(valkey.url, "CONFIG GET", *names)
        assert values == dict(zip(names, ("yes", "everysec", "noeviction", "", "yes"), strict=True))


def test_both_listen_on_this_machine_only(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres, EmbeddedValkey(folder) as valkey:
        for server in (postgres, valkey):
            sockets = psutil.Process(server.pid).net_connections("all")
            listening = {c.laddr for c in sockets if c.status == psutil.CONN_LISTEN}
            assert listening == {("127.0.0.1", server.port)}


def test_postgres_asks_for_a_password_that_only_we_may_read(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres:
        file = folder / "postgres.password"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        wrong = postgres.url().replace(file.read_text().strip(), "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            query(wrong, "SELECT 1")


def test_a_lost_password_is_replaced(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres:
        query(postgres.url(), "CREATE TABLE kept ()")
    (folder / "postgres.password").unlink()
    with EmbeddedPostgres(folder) as postgres:
        assert query(postgres.url(), "SELECT count(*) FROM kept") == ["0"]


def test_settings_replace_ours(folder: Path) -> None:
    with EmbeddedPostgres(folder, settings={"max_connections": "17"}) as postgres:
        assert query(postgres.url(), "SHOW max_connections") == ["17"]


def test_a_refused_setting_is_told_in_postgres_words_and_leads_to_the_log(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, settings={"max_connections": "many"})
    with pytest.raises(EmbeddedServerError) as refusal:
        postgres.start()
    message = str(refusal.value)
    assert 'invalid value for parameter "max_connections": "many"' in message
    assert str(folder / "postgres.log") in message
    assert "\n" not in message


def test_killed_servers_recover_what_was_committed(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres, EmbeddedValkey(folder) as valkey:
        query(postgres.url(), "CREATE TABLE words AS SELECT 'kept' AS word")
        family = psutil.Process(postgres.pid).children(recursive=True)
        assert family
        postgres.kill()
        valkey.kill()
        assert not [process for process in family if is_alive(process)]
        with pytest.raises(EmbeddedServerError, match="PostgreSQL is not running"):
            _ = postgres.pid

        postgres.start()
        valkey.start()
        assert query(postgres.url(), "SELECT word FROM words") == ["kept"]
        assert "not properly shut down" in (folder / "postgres.log").read_text()


def test_a_paused_server_is_silent_until_it_is_resumed(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres, EmbeddedValkey(folder) as valkey:

        async def frozen() -> None:
            connection = await asyncpg.connect(postgres.url())
            postgres.pause()
            valkey.pause()
            answer = asyncio.ensure_future(connection.fetchval("SELECT 'answered'"))
            done, _ = await asyncio.wait([answer], timeout=0.2)
            assert not done
            with pytest.raises(redis.TimeoutError):
                command(valkey.url, "PING")
            postgres.resume()
            valkey.resume()
            assert await asyncio.wait_for(answer, 5) == "answered"
            await connection.close()

        asyncio.run(frozen())
        assert command(valkey.url, "PING") is True


def test_a_paused_server_stops_when_told(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres:
        postgres.pause()
    assert "database system is shut down" in (folder / "postgres.log").read_text()


def test_stopping_and_starting_twice_is_no_different_from_once(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    postgres.stop()
    postgres.start()
    pid = postgres.pid
    postgres.start()
    assert postgres.pid == pid
    postgres.stop()
    postgres.stop()
    assert not psutil.pid_exists(pid)


def test_a_cluster_of_another_major_version_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(
        EmbeddedServerError, match="made by PostgreSQL 15 and this is PostgreSQL 18"
    ):
        EmbeddedPostgres(folder).start()
    assert (folder / "postgres" / "PG_VERSION").read_text() == "15\n"


def test_an_interrupted_initdb_is_done_again(folder: Path) -> None:
    unfinished = folder / "postgres.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder) as postgres:
        assert query(postgres.url(), "SELECT current_database()") == ["laurels"]
    assert not unfinished.exists()


def test_a_pid_file_that_names_another_program_by_now_harms_nobody(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    query(postgres.url(), "CREATE TABLE kept ()")
    postgres.kill()
    account = unprivileged_account()
    # Of the same account, or PostgreSQL would see by itself that it is not another PostgreSQL.
    bystander = subprocess.Popen(["sleep", "60"], user=None if account is None else account.uid)
    try:
        file = (folder / "postgres").resolve() / "postmaster.pid"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join([f"{bystander.pid}\n", *lines[1:]]))
        with postgres:
            assert query(postgres.url(), "SELECT count(*) FROM kept") == ["0"]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_backend_that_outlived_its_postmaster_is_ended_before_a_new_one_starts(
    folder: Path,
) -> None:
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    left = psutil.Process(postgres.pid).children()[0]
    left.suspend()
    os.kill(postgres.pid, 9)
    with EmbeddedPostgres(folder) as again:
        assert not is_alive(left)
        assert query(again.url(), "SELECT 1") == ["1"]
    postgres.stop()


def test_delete_removes_the_cluster(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres:
        postgres.delete()
    assert not (folder / "postgres").exists()
