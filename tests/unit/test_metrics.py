"""The endpoint for Prometheus: whoever reads it, it harms nobody and leaves nothing behind."""

import socket
import threading
import time
from collections.abc import Generator

import pytest
from prometheus_client import Gauge

from laurels_server.metrics import REGISTRY
from laurels_server.metrics.endpoint import Endpoint

ADDRESSES = ("127.0.0.1", "[::1]", "localhost", "0.0.0.0")


@pytest.fixture
def endpoint() -> Generator[Endpoint]:
    opened = Endpoint("127.0.0.1:0")
    yield opened
    opened.close()


def connected(endpoint: Endpoint) -> socket.socket:
    host, port = endpoint.address.rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), timeout=10)


def said(connection: socket.socket) -> bytes:
    """All that the other side sends until it hangs up."""
    parts: list[bytes] = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def asked(endpoint: Endpoint, request: bytes = b"GET /metrics HTTP/1.0\r\n\r\n") -> bytes:
    with connected(endpoint) as connection:
        connection.sendall(request)
        return said(connection)


@pytest.mark.parametrize("host", ADDRESSES)
def test_it_answers_on_any_kind_of_address(host: str) -> None:
    endpoint = Endpoint(f"{host}:0")
    try:
        answer = asked(endpoint)
    finally:
        endpoint.close()
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"Content-Type: text/plain; version=0.0.4" in answer
    assert b"\nlaurels_ledger_seq " in answer


def test_an_address_in_use_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(OSError, match="in use"):
        Endpoint(endpoint.address)


@pytest.mark.parametrize("request_", [b"nonsense\r\n\r\n", b"POST / HTTP/1.0\r\n\r\n"])
def test_what_is_not_a_read_is_refused(endpoint: Endpoint, request_: bytes) -> None:
    assert b"Error code: " in asked(endpoint, request_)


def test_whoever_asks_nothing_is_hung_up_on_and_keeps_nobody_out(endpoint: Endpoint) -> None:
    with connected(endpoint) as silent:
        assert b"200 OK" in asked(endpoint)
        assert said(silent) == b""


def test_more_connections_than_it_serves_are_hung_up_on(endpoint: Endpoint) -> None:
    silent = [connected(endpoint) for _ in range(16)]
    assert asked_in_vain(endpoint)
    for connection in silent:
        connection.close()
    while asked_in_vain(endpoint):
        pass


def asked_in_vain(endpoint: Endpoint) -> bool:
    try:
        return asked(endpoint) == b""
    except ConnectionError:
        return True


def test_closing_hangs_up_and_leaves_no_thread_and_no_socket() -> None:
    before = threading.enumerate()
    endpoint = Endpoint("127.0.0.1:0")
    address = endpoint.address
    with connected(endpoint) as silent:
        assert b"200 OK" in asked(endpoint)
        began = time.monotonic()
        endpoint.close()
        # Without waiting until the silent one has been silent for too long.
        assert time.monotonic() - began < 1.5
        assert said(silent) == b""
    assert threading.enumerate() == before
    Endpoint(address).close()


def test_a_defect_is_logged_and_the_next_read_is_answered(
    endpoint: Endpoint, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = Gauge("laurels_broken", "Cannot be told.", registry=REGISTRY)
    broken.set_function(lambda: 1 / 0)
    try:
        assert b"200" not in asked(endpoint)
    finally:
        REGISTRY.unregister(broken)
    assert b"200 OK" in asked(endpoint)
    out, err = capfd.readouterr()
    assert "metrics_defect" in out + err
    assert "Exception occurred during processing" not in err


def test_a_reader_that_hangs_up_is_no_defect(
    capfd: pytest.CaptureFixture[str],
) -> None:
    endpoint = Endpoint("127.0.0.1:0")
    for _ in range(20):
        with connected(endpoint) as rude:
            # Resets instead of a farewell, while the answer is on its way.
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            rude.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    endpoint.close()
    assert capfd.readouterr() == ("", "")
