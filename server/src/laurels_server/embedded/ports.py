"""A TCP port for a server, the same one again at the next start."""

import random
import socket
from pathlib import Path

from laurels_server.embedded.errors import EmbeddedServerError

LISTEN_ADDRESS = "127.0.0.1"

# Below the ports that systems hand out to outgoing connections (32768 and up on Linux, 49152 on
# macOS): one of those may be taken by a browser when the server comes back for it.
PORTS = range(20_000, 30_000)
ATTEMPTS = 100


def remembered_port(file: Path) -> int:
    """The port written in `file` if it is free, else a new one, which is then written there.

    A developer's psql or redis-cli command so keeps working from one day to the next.
    """
    try:
        port = int(file.read_text())
    except (FileNotFoundError, ValueError):
        port = 0
    if port in PORTS and _is_free(port):
        return port
    for port in random.sample(PORTS, ATTEMPTS):
        if _is_free(port):
            file.write_text(f"{port}\n")
            return port
    raise EmbeddedServerError(
        f"found no free port on {LISTEN_ADDRESS} in {ATTEMPTS} attempts between "
        f"{PORTS.start} and {PORTS.stop - 1}"
    )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: connections of the last run that linger in TIME_WAIT do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LISTEN_ADDRESS, port))
        except OSError:
            return False
    return True
