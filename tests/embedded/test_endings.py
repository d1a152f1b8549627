"""How the pair ends: Ctrl-C, kill -9 and failed starts lose nothing and leave nothing running."""

import os
import shutil
import signal
from pathlib import Path

import psutil
import pytest

from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.embedded.servers import EmbeddedServerError, embedded_servers
from laurels_server.embedded.valkey import SETTINGS
from tests.embedded.probes import holder, is_alive, query, recall, remember


def test_after_kill_9_the_next_start_stops_the_orphans_cleanly_and_keeps_everything(
    folder: Path,
) -> None:
    with holder(folder) as (process, (postgres_pid, valkey_pid, database_url, redis_url)):
        remember(database_url, redis_url, "kept")
        process.kill()
        process.wait()
    orphans = [psutil.Process(int(postgres_pid)), psutil.Process(int(valkey_pid))]
    assert all(orphan.is_running() for orphan in orphans)

    with embedded_servers(folder) as servers:
        assert recall(servers) == (["kept"], "kept")
        assert (servers.database_url, servers.redis_url) == (database_url, redis_url)
        assert not [orphan for orphan in orphans if is_alive(orphan)]
    assert "not properly shut down" not in (folder / "postgres.log").read_text()


def test_frozen_orphans_are_stopped_too(folder: Path) -> None:
    with holder(folder) as (process, (postgres_pid, valkey_pid, database_url, redis_url)):
        remember(database_url, redis_url, "kept")
        process.kill()
        process.wait()
    os.kill(int(postgres_pid), signal.SIGSTOP)
    os.kill(int(valkey_pid), signal.SIGSTOP)

    with embedded_servers(folder) as servers:
        assert recall(servers) == (["kept"], "kept")
    assert "not properly shut down" not in (folder / "postgres.log").read_text()


def test_orphans_of_a_deleted_folder_do_not_disturb_a_new_one(folder: Path) -> None:
    with holder(folder) as (process, (postgres_pid, valkey_pid, *_)):
        process.kill()
        process.wait()
    orphans = [psutil.Process(int(postgres_pid)), psutil.Process(int(valkey_pid))]
    shutil.rmtree(folder)

    with embedded_servers(folder) as servers:
        assert not [orphan for orphan in orphans if is_alive(orphan)]
        assert query(servers.database_url, "SELECT current_database()") == ["laurels"]


def test_ctrl_c_at_the_terminal_stops_both_cleanly(folder: Path) -> None:
    with holder(folder) as (process, (postgres_pid, valkey_pid, *_)):
        servers = [psutil.Process(int(postgres_pid)), psutil.Process(int(valkey_pid))]
        os.killpg(process.pid, signal.SIGINT)
        states, errors = process.communicate(timeout=15)

    assert "KeyboardInterrupt" in errors
    assert states.split() == ["sleeping", "sleeping"]
    assert not [server for server in servers if is_alive(server)]
    assert "database system is shut down" in (folder / "postgres.log").read_text()
    assert "ready to exit" in (folder / "valkey.log").read_text()


def test_ctrl_c_while_starting_leaves_nothing_running(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []

    def interrupted(server: EmbeddedPostgres) -> bool:
        pids.append(server.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(EmbeddedPostgres, "_is_ready", interrupted)
    with pytest.raises(KeyboardInterrupt), embedded_servers(folder):
        pass
    assert len(pids) == 1
    assert not psutil.pid_exists(pids[0])
    assert "Calling fsync() on the AOF file" in (folder / "valkey.log").read_text()


def test_a_valkey_that_does_not_start_takes_postgres_down_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETTINGS, "appendfsync", "sometimes")
    with (
        pytest.raises(EmbeddedServerError, match=r"Valkey ended while starting .*sometimes"),
        embedded_servers(folder),
    ):
        pass
    assert "database system is shut down" in (folder / "postgres.log").read_text()
