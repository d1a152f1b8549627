"""Holds a port for workers that share it, against everybody else."""

import contextlib
import errno
import socket
from collections.abc import Generator

from laurels_server.config import ConfigError


@contextlib.contextmanager
def held(listen: str) -> Generator[str]:
    """Keeps ADDRESS:PORT for sockets of ours that set SO_REUSEPORT; tells it with the real port.

    Raises ConfigError when anybody else listens there, whether or not they would share.
    """
    host, _, port = listen.rpartition(":")
    if int(port) > 65_535:
        raise ConfigError("listen", f"{listen} cannot be listened on: no such port")
    if not hasattr(socket, "SO_REUSEPORT"):
        raise ConfigError("workers", "must be 1: this system lets no two processes share a port")
    with contextlib.ExitStack() as stack:
        try:
            found = socket.getaddrinfo(
                host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            real = _hold(stack, found, int(port))
        except (OSError, UnicodeError):
            raise ConfigError("listen", f"{listen} cannot be listened on; is it in use?") from None
        yield f"{host}:{real}"


_Found = tuple[
    socket.AddressFamily,
    socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]


def _hold(stack: contextlib.ExitStack, found: list[_Found], port: int) -> int:
    """Binds what a name stands for, as far as this machine has it; raises OSError."""
    failure: OSError | None = None
    bound = False
    for family, kind, protocol, _, address in found:
        holder = stack.enter_context(socket.socket(family, kind, protocol))
        # Connections that ended lately must not keep us out.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((address[0], port, *address[2:]))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise
            failure = error
            continue
        port, bound = holder.getsockname()[1], True
        # Only now, when it is ours. From here on nobody gets in who does not share, even while no
        # worker listens, and nobody of another account.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if not bound:
        raise failure or OSError("the name stands for no address")
    return port
