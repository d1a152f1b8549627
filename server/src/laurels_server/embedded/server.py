"""What the two embedded servers have in common: a life, a port and a log."""

import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from laurels_server.embedded import processes
from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.files import port_file
from laurels_server.embedded.ports import remembered_port

# Crash recovery replays at most what `max_wal_size` holds; seconds, normally.
READY_TIMEOUT_SECONDS = 30.0

# A log that outgrows this is set aside at the next start, in place of the one set aside before.
LOG_LIMIT_BYTES = 16 * 1024 * 1024


class EmbeddedServer(ABC):
    """A server on 127.0.0.1 whose files are `<data_dir>/<name>*`.

    Only one process at a time may use a data folder; `embedded_servers` sees to that. A server
    that an earlier process left behind in the folder is stopped first.
    """

    def __init__(
        self, data_dir: Path, *, name: str, title: str, stop_signals: Sequence[signal.Signals]
    ) -> None:
        """`stop_signals` are tried one after the other, the gentlest first."""
        self._data_dir = data_dir.resolve()
        self.title = title
        self._stop_signals = stop_signals
        self.log_file = self._data_dir / f"{name}.log"
        self._log_start = 0
        self._port_file = self._data_dir / port_file(name)
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starting_or_stopping = threading.Lock()

    @abstractmethod
    def _prepare(self) -> None:
        """Clear what an earlier run left behind and make what is missing on disk."""

    @abstractmethod
    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        """Start the server's process."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether our process, and not another one on its port, answers clients."""

    @property
    def pid(self) -> int:
        """The process id. Raises `EmbeddedServerError` when the server is not running."""
        return self._running().pid

    @property
    def port(self) -> int:
        """The port on 127.0.0.1, once the server has been started."""
        if self._port is None:
            raise EmbeddedServerError(f"{self.title} has not been started")
        return self._port

    def start(self) -> None:
        """Start and wait until clients are answered. If that fails, nothing is left running."""
        try:
            self.launch()
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Start without waiting, so that two servers can start at the same time."""
        with self._starting_or_stopping:
            if not self._is_alive():
                self._launch()

    def start_again(self) -> int | None:
        """Start, without waiting, a server that ended by itself, where clients know it to be.

        Returns the exit status it had ended with; None, and does nothing, when it has not.
        """
        with self._starting_or_stopping:
            if self._process is None or self._is_alive():
                return None
            status = self._process.returncode
            self._launch(self.port)
            return status

    def _launch(self, port: int | None = None) -> None:
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            self._open_log()
            self._prepare()
            self._port = port or remembered_port(self._port_file)
            self._process = self._spawn(self._port)
        except subprocess.SubprocessError as error:
            raise self._failure(f"could not be set up ({error})") from error
        except OSError as error:
            raise EmbeddedServerError(f"{self.title} cannot be started: {error}") from error

    def wait_until_ready(self) -> None:
        """Wait, 30 s at most, until the launched server answers clients."""
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        process = self._running()
        while not self._is_ready():
            if process.poll() is not None:
                raise self._failure(f"ended while starting (exit status {process.returncode})")
            if time.monotonic() > deadline:
                raise self._failure(f"was not ready after {READY_TIMEOUT_SECONDS:.0f} s")
            time.sleep(processes.POLL_SECONDS)

    def stop(self) -> None:
        """Stop cleanly. Does nothing when the server is not running."""
        with self._starting_or_stopping:
            if self._process is not None:
                if self._is_alive():
                    processes.stop(psutil.Process(self._process.pid), self._stop_signals)
                self._process.wait()
                self._process = None

    def kill(self) -> None:
        """End the server and its children at once, as a power cut would: for tests."""
        process = self._running()
        processes.kill(psutil.Process(process.pid))
        process.wait()
        self._process = None

    def pause(self) -> None:
        """Freeze the server and its children, connections left open: for tests."""
        processes.freeze(psutil.Process(self.pid))

    def resume(self) -> None:
        """Let a paused server go on."""
        processes.thaw(psutil.Process(self.pid))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise EmbeddedServerError(f"{self.title} is not running")
        return self._process

    def _open_log(self) -> None:
        self.log_file.touch()
        self._log_start = self.log_file.stat().st_size
        if self._log_start > LOG_LIMIT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
            self.log_file.touch()
            self._log_start = 0

    def _failure(self, what: str) -> EmbeddedServerError:
        """One line that ends with the last words the server wrote during this start."""
        with self.log_file.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").split("\n")
        words = " | ".join([line.strip() for line in lines if line.strip()][-4:])
        return EmbeddedServerError(f"{self.title} {what}; {self.log_file} ends with: {words}")
