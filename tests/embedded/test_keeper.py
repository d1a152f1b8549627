"""An embedded server that ends without being asked is started again."""

import os
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psutil
import pytest
from structlog.testing import capture_logs

from laurels_server.embedded import keeper
from laurels_server.embedded.keeper import kept_running
from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.embedded.server import EmbeddedServer
from laurels_server.embedded.valkey import EmbeddedValkey
from tests.embedded.probes import command, is_alive, query


@pytest.fixture
def valkey(folder: Path) -> Generator[EmbeddedValkey]:
    with EmbeddedValkey(folder) as server:
        yield server


@pytest.fixture
def log() -> Generator[list[Any]]:
    with capture_logs() as lines:
        yield lines


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def end(server: EmbeddedServer) -> int:
    """As the kernel does when memory runs out; returns who it was."""
    os.kill(server.pid, signal.SIGKILL)
    return server.pid


def test_valkey_is_started_again_on_its_port_and_data(valkey: EmbeddedValkey) -> None:
    command(valkey.url, "SET", "word", "kept")
    url = valkey.url

    with kept_running([valkey]):
        ended = end(valkey)
        until(lambda: valkey.pid != ended)
        valkey.wait_until_ready()

        assert command(url, "GET", "word") == "kept"


def test_postgresql_is_started_again_though_its_children_outlived_it(folder: Path) -> None:
    with EmbeddedPostgres(folder) as postgres, kept_running([postgres]):
        url = postgres.url()
        query(url, "CREATE TABLE words AS SELECT 'kept' AS word")
        children = psutil.Process(postgres.pid).children(recursive=True)

        ended = end(postgres)
        until(lambda: postgres.pid != ended)
        postgres.wait_until_ready()

        assert query(url, "SELECT word FROM words") == ["kept"]
        assert not [child for child in children if is_alive(child)]


def test_each_start_is_told(valkey: EmbeddedValkey, log: list[Any]) -> None:
    with kept_running([valkey]):
        end(valkey)
        until(lambda: log)

    assert log == [
        {
            "event": "embedded_started_again",
            "log_level": "error",
            "server": "Valkey",
            "server_log": str(valkey.log_file),
            "exit_status": -signal.SIGKILL,
        }
    ]


def test_one_that_ends_again_and_again_is_given_time(
    valkey: EmbeddedValkey, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_LOOK_S", 0.01)
    monkeypatch.setattr(keeper, "_AGAIN_S", 1.0)
    valkey.log_file.with_name("valkey").rename(valkey.log_file.with_name("away"))
    valkey.log_file.with_name("valkey").touch()
    began = time.monotonic()

    with kept_running([valkey]):
        end(valkey)
        until(lambda: len(log) == 3)

    assert time.monotonic() - began > 2
    assert {line["event"] for line in log} == {"embedded_not_started"}
    assert "Valkey cannot be started" in log[0]["error"]


def test_one_that_is_stopped_or_frozen_is_left_alone(
    valkey: EmbeddedValkey, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int | None] = []
    look = EmbeddedValkey.start_again

    def counted(server: EmbeddedValkey) -> int | None:
        looks.append(look(server))
        return looks[-1]

    monkeypatch.setattr(EmbeddedValkey, "start_again", counted)
    monkeypatch.setattr(keeper, "_LOOK_S", 0.01)
    with kept_running([valkey]):
        valkey.pause()
        seen = len(looks)
        until(lambda: len(looks) > seen + 3)
        valkey.resume()
        valkey.stop()
        seen = len(looks)
        until(lambda: len(looks) > seen + 3)

    assert set(looks) == {None}
    assert log == []


def test_a_stop_right_after_an_end_leaves_nothing_running(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_LOOK_S", 0.001)
    with EmbeddedValkey(folder) as valkey, kept_running([valkey]):
        end(valkey)
        valkey.stop()
    # The folder's fixture looks for what is left.
