"""The pair of servers as `laurels dev` uses it: kept data, one user of a folder at a time."""

import signal
import time
from pathlib import Path

import psutil
import pytest

from laurels_server.embedded.servers import (
    EmbeddedServerError,
    embedded_servers,
    temporary_servers,
)
from laurels_server.embedded.valkey import EmbeddedValkey
from tests.embedded.probes import holder, recall, remember


def test_a_row_and_a_key_and_both_addresses_survive_a_restart(folder: Path) -> None:
    with embedded_servers(folder) as servers:
        remember(servers.database_url, servers.redis_url, "kept")
        addresses = servers.database_url, servers.redis_url

    with embedded_servers(folder) as servers:
        assert recall(servers) == (["kept"], "kept")
        assert (servers.database_url, servers.redis_url) == addresses


def test_starting_is_fast(folder: Path) -> None:
    started = time.monotonic()
    with embedded_servers(folder):
        cold_seconds = time.monotonic() - started
    started = time.monotonic()
    with embedded_servers(folder):
        warm_seconds = time.monotonic() - started

    # Far more than a quiet machine needs (0.6 and 0.05), far less than what a wait would cost.
    assert cold_seconds < 10.0
    assert warm_seconds < 2.0


def test_a_second_process_is_refused_in_one_line_that_names_the_first(folder: Path) -> None:
    with holder(folder) as (process, _):
        with pytest.raises(EmbeddedServerError) as refusal, embedded_servers(folder):
            pass
        assert str(refusal.value) == (
            f"another laurels dev (pid {process.pid}) already uses {folder}; "
            "stop it, or set LAURELS_DATA_DIR to another folder"
        )
        process.send_signal(signal.SIGINT)
        process.communicate()


def test_the_servers_do_not_inherit_the_lock(folder: Path) -> None:
    with embedded_servers(folder) as servers:
        lock = str(folder / "lock")
        for pid in (servers.postgres.pid, servers.valkey.pid):
            assert lock not in [file.path for file in psutil.Process(pid).open_files()]


def test_two_data_folders_run_side_by_side(folder: Path) -> None:
    with (
        embedded_servers(folder / "one") as one,
        embedded_servers(folder / "two") as two,
    ):
        remember(one.database_url, one.redis_url, "one")
        remember(two.database_url, two.redis_url, "two")
        assert recall(one) == (["one"], "one")
        assert recall(two) == (["two"], "two")


def test_temporary_servers_leave_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with temporary_servers() as servers:
        remember(servers.database_url, servers.redis_url, "soon gone")
        assert list(folder.iterdir())
    assert not list(folder.iterdir())
    assert not list(folder.parent.glob("reachable/*"))


def test_a_port_that_was_taken_meanwhile_is_replaced(folder: Path) -> None:
    with EmbeddedValkey(folder) as first:
        port = first.port
    (folder / "one").mkdir()
    (folder / "one" / "valkey.port").write_text(str(port))

    with EmbeddedValkey(folder) as first, EmbeddedValkey(folder / "one") as second:
        assert first.port == port
        assert second.port != port
        assert (folder / "one" / "valkey.port").read_text().strip() == str(second.port)


def test_a_data_folder_that_cannot_be_made_is_named(folder: Path) -> None:
    folder.parent.joinpath("file").touch()
    with (
        pytest.raises(EmbeddedServerError, match="file/data cannot be the data folder"),
        embedded_servers(folder.parent / "file" / "data"),
    ):
        pass
