"""Where Prometheus reads the metrics from."""

import contextlib
import socket
import socketserver
import sys
import threading
from typing import Any

from prometheus_client.exposition import MetricsHandler

from laurels_server.logging import log
from laurels_server.metrics import REGISTRY


class Endpoint:
    """Serves the metrics over HTTP, in threads of its own."""

    def __init__(self, listen: str) -> None:
        """Listens on ADDRESS:PORT, 0 for any free port; raises OSError when that cannot be."""
        self._host, _, port = listen.rpartition(":")
        self._server = _Server(self._host.strip("[]"), int(port))
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            # How long closing takes at most.
            kwargs={"poll_interval": 0.1},
            name="metrics",
            daemon=True,
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it listens, with the real port."""
        return f"{self._host}:{self._server.server_address[1]}"

    def close(self) -> None:
        """Frees the port, hangs up on whoever is connected, and ends the threads."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Handler(MetricsHandler):
    """Answers one GET."""

    registry = REGISTRY
    timeout = 2.0
    """Seconds of silence until someone who asks nothing is hung up on."""


class _Server(socketserver.ThreadingTCPServer):
    """One thread a connection: a browser that keeps one open must not keep Prometheus out."""

    # Not http.server's: that one looks up its own name, which can take long.
    allow_reuse_address = True
    request_queue_size = 128
    most = 16
    """Connections at the same time; more are hung up on."""

    def __init__(self, host: str, port: int) -> None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family = found[0][0]
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return len(self._open) < self.most

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Theirs would print to stderr, between the lines of the log.
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("metrics_defect", exc_info=error)
