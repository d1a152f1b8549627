"""Where Prometheus reads the metrics from: those of this process, or of all workers in one."""

import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import MetricsHandler
from prometheus_client.registry import Collector

from laurels_server.logging import log
from laurels_server.metrics import REGISTRY

Sample = tuple[str, dict[str, str], float]
"""Its name, its labels and its value."""

Family = tuple[str, str, str, Sequence[Sample]]
"""A metric by name, help text and type, with its samples: what can go from process to process."""

Tell = Callable[[], Mapping[int, Sequence[Family] | None]]
"""Asks the workers for their metrics, by their numbers; None from one that gives no answer."""


def families() -> list[Family]:
    """The metrics of this process, now."""
    return [
        (
            metric.name,
            metric.documentation,
            metric.type,
            [(sample.name, sample.labels, sample.value) for sample in metric.samples],
        )
        for metric in REGISTRY.collect()
    ]


class _OfAllWorkers(Collector):
    """Every worker's samples, with the worker's number as a label."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def collect(self) -> Iterator[Metric]:
        told = self._tell()
        up = Metric("laurels_worker_up", "1 for a worker that told its metrics, else 0.", "gauge")
        metrics: dict[str, Metric] = {}
        for number, its_families in sorted(told.items()):
            up.add_sample(up.name, {"worker": str(number)}, its_families is not None)
            for name, documentation, kind, samples in its_families or ():
                metric = metrics.setdefault(name, Metric(name, documentation, kind))
                for sample, labels, value in samples:
                    metric.add_sample(sample, {**labels, "worker": str(number)}, value)
        yield up
        yield from metrics.values()


class Endpoint:
    """Serves the metrics over HTTP, in threads of its own."""

    def __init__(self, listen: str, tell: Tell | None = None) -> None:
        """Listens on ADDRESS:PORT, 0 for any free port; raises OSError when that cannot be.

        Serves this process's metrics, or those of the workers that `tell` asks.
        """
        registry = REGISTRY
        if tell is not None:
            registry = CollectorRegistry()
            registry.register(_OfAllWorkers(tell))
        self._host, _, port = listen.rpartition(":")
        self._server = _Server(self._host.strip("[]"), int(port), registry)
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

    timeout = 2.0
    """Seconds of silence until someone who asks nothing is hung up on."""


class _Server(socketserver.ThreadingTCPServer):
    """One thread a connection: a browser that keeps one open must not keep Prometheus out."""

    # Not http.server's: that one looks up its own name, which can take long.
    allow_reuse_address = True
    request_queue_size = 128
    most = 16
    """Connections at the same time; more are hung up on."""

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family = found[0][0]
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Handler.factory(registry))

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
