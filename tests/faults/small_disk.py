"""A PostgreSQL whose disk is small and its own, and can be filled to the last byte.

The disk is a tmpfs in a mount namespace that only one process and its PostgreSQL live in: it takes
no rights of root where the system lets users have namespaces, and goes when they do.
"""

import ctypes
import multiprocessing
import os
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import ClassVar, Final, cast

from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.postgres import EmbeddedPostgres

_CLONE_NEWNS: Final = 0x0002_0000
_CLONE_NEWUSER: Final = 0x1000_0000
_MS_REC_PRIVATE: Final = 0x4000 | 1 << 18

_LIBC: Final = ctypes.CDLL(None, use_errno=True)

_SETTINGS: Final = {"max_wal_size": "32MB", "min_wal_size": "32MB"}
"""As little of the write-ahead log as PostgreSQL can do with."""


class CrampedPostgres:
    """PostgreSQL on the small disk. Lives in the process that mounted it."""

    no_disk: ClassVar = ""
    """Why nothing could be mounted there."""

    def __init__(self, folder: Path) -> None:
        assert not self.no_disk, self.no_disk
        self._postgres = EmbeddedPostgres(folder, settings=_SETTINGS)
        self._folder = folder
        self._ballast = folder / "ballast"

    def url(self) -> str:
        return self._postgres.url()

    def start(self) -> None:
        """Starts it, or waits until it has recovered by itself."""
        for tries_left in (2, 1, 0):
            try:
                self._postgres.start()
            except EmbeddedServerError:
                # It may be giving up a recovery for which there was no room, while we look.
                if not tries_left:
                    raise
            else:
                return

    def stop(self) -> None:
        self._postgres.stop()

    def fill(self) -> int:
        """Leaves no byte free; returns how many were."""
        free = self._free()
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                assert not self._free()
        return free

    def make_room(self) -> None:
        self._ballast.unlink()

    def log(self) -> str:
        """What it wrote to its log; the last words may have found no room."""
        return (self._folder / "postgres.log").read_text(errors="replace")

    def _free(self) -> int:
        disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize


def _mount(folder: Path, megabytes: int) -> None:
    """Goes into a namespace of its own and mounts the disk there."""
    try:
        if os.geteuid() == 0:
            _unshare(_CLONE_NEWNS)
        else:
            user, group = os.geteuid(), os.getegid()
            _unshare(_CLONE_NEWNS | _CLONE_NEWUSER)
            # Still who we were, since PostgreSQL does not run as root, but allowed to mount.
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        _mount_at(b"/", b"none", None, _MS_REC_PRIVATE, None)
        _mount_at(
            os.fsencode(folder), b"tmpfs", b"tmpfs", 0, f"size={megabytes}m,mode=755".encode()
        )
    except OSError as error:
        CrampedPostgres.no_disk = (
            "this test needs a small disk, and the system lets it mount none, neither as root nor "
            f"in a user namespace of its own: {error}"
        )


def _unshare(flags: int) -> None:
    _check("unshare", _LIBC.unshare(flags))


def _mount_at(
    place: bytes, source: bytes, kind: bytes | None, flags: int, options: bytes | None
) -> None:
    _check("mount", _LIBC.mount(source, place, kind, ctypes.c_ulong(flags), options))


def _check(what: str, result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


class _Elsewhere(BaseManager):
    def cramped(self, folder: Path) -> CrampedPostgres:
        """A proxy with the methods below."""
        return cast(CrampedPostgres, self._make(folder))

    def _make(self, folder: Path) -> object: ...


_METHODS: Final = ("url", "start", "stop", "fill", "make_room", "log")
_Elsewhere.register("_make", CrampedPostgres, exposed=_METHODS)


@contextmanager
def cramped_postgres(folder: Path, *, megabytes: int) -> Generator[CrampedPostgres]:
    """A started PostgreSQL, in a process of its own, on a disk of its own below `folder`."""
    elsewhere = _Elsewhere(ctx=multiprocessing.get_context("spawn"))
    elsewhere.start(_mount, (folder, megabytes))
    with elsewhere:
        postgres = elsewhere.cramped(folder)
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.stop()
