"""Operating-system processes: start them, find those left behind, stop, kill and freeze them.

PostgreSQL puts each of its processes in a session of its own, so a process group does not reach
them: everything here goes by the tree of parents and children.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

POLL_SECONDS = 0.01
STOP_TIMEOUT_SECONDS = 10.0
STOP_ATTEMPTS = 5
RUN_TIMEOUT_SECONDS = 60.0

_BECOME = """
import os, sys
uid, gid, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.setgroups([])
os.setgid(gid)
os.setuid(uid)
os.execv(program, sys.argv[3:])
"""
"""Goes on as another user's program. `Popen` can do so too, but then has to fork, which runs gRPC's
handlers of a fork in the child; these crash it where gRPC serves."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user a process runs as."""

    uid: int
    gid: int


def spawn(
    command: Sequence[str | Path], *, folder: Path, log: Path, account: Account | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in `folder`, its output appended to `log`."""
    with log.open("ab") as output:
        streams = (subprocess.DEVNULL, output.fileno(), output.fileno())
        return _popen(command, folder, account, streams)


def run(
    command: Sequence[str | Path],
    *,
    text: str = "",
    folder: Path,
    log: Path,
    account: Account | None = None,
) -> None:
    """Feed `text` to a command and wait for it; only its errors go to `log`.

    Raises `subprocess.SubprocessError` when it fails or takes longer than a minute. However this
    ends, nothing of it is left running.
    """
    with log.open("ab") as errors:
        streams = (subprocess.PIPE, subprocess.DEVNULL, errors.fileno())
        process = _popen(command, folder, account, streams)
    try:
        process.communicate(text.encode(), timeout=RUN_TIMEOUT_SECONDS)
    except BaseException:
        if process.poll() is None:
            kill(psutil.Process(process.pid))
        process.wait()
        raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command])


def _popen(
    command: Sequence[str | Path],
    folder: Path,
    account: Account | None,
    streams: tuple[int, int, int],
) -> subprocess.Popen[bytes]:
    # A developer's PGPORT or PGDATESTYLE would change the server; without a valid LC_ALL,
    # PostgreSQL refuses to start on macOS.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
    become: list[str] = []
    if account is not None:
        become = [sys.executable, "-I", "-c", _BECOME, str(account.uid), str(account.gid)]
    return subprocess.Popen(
        [*become, *command],
        cwd=folder,
        env=environment,
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        # A session of its own: Ctrl-C in the terminal reaches us, and we stop the servers.
        start_new_session=True,
    )


def stop_all_in(
    folder: Path, names: Collection[str], signals: Sequence[signal.Signals] = ()
) -> None:
    """Stop every process of these names that works in `folder`; without signals, kill it.

    Looks again until there is none: a parent that dies while we look leaves children behind.
    """
    for _ in range(STOP_ATTEMPTS):
        found = _topmost_in(folder, names)
        if not found:
            return
        for process in found:
            stop(process, signals)
    raise TimeoutError(f"processes that work in {folder} cannot be ended")


def _topmost_in(folder: Path, names: Collection[str]) -> list[psutil.Process]:
    """The processes that work in `folder`, without the children of such.

    Both servers make their data folder their working directory. That tells ours from any other
    process: unlike a number in a pid file it cannot be reused, and unlike the command line the
    server does not rewrite it. A folder deleted meanwhile still counts as `folder`.
    """
    found: dict[int, psutil.Process] = {}
    parents: dict[int, int] = {}
    for process in psutil.process_iter():
        # A process that is just ending has no working directory any more.
        with suppress(psutil.Error, FileNotFoundError):
            if process.name() in names and Path(process.cwd()) == folder:
                parents[process.pid] = process.ppid()
                found[process.pid] = process
    return [process for pid, process in found.items() if parents[pid] not in found]


def stop(process: psutil.Process, signals: Sequence[signal.Signals]) -> None:
    """Stop a process: each signal gets 10 s, and if none helps, it is killed with its children."""
    thaw(process)
    for number in signals:
        _send(number, [process])
        if _wait_until_gone([process]):
            return
    kill(process)


def kill(process: psutil.Process) -> None:
    """End a process and all its children at once, without letting any of them tidy up."""
    tree = freeze(process)
    _send(signal.SIGKILL, tree)
    _wait_until_gone(tree)


def freeze(process: psutil.Process) -> list[psutil.Process]:
    """Suspend a process and all its children; the parent first, so that it starts no more."""
    _send(signal.SIGSTOP, [process])
    children = _children(process)
    _send(signal.SIGSTOP, children)
    return [process, *children]


def thaw(process: psutil.Process) -> None:
    """Let a frozen process and its children go on."""
    _send(signal.SIGCONT, [*_children(process), process])


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _send(number: signal.Signals, processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _wait_until_gone(processes: Iterable[psutil.Process]) -> bool:
    """Whether all of them ended within 10 s."""
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    left = list(processes)
    while left := [process for process in left if not _is_gone(process)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _is_gone(process: psutil.Process) -> bool:
    # A zombie has ended; an orphan may stay one for ever where pid 1 of a container reaps nobody.
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
