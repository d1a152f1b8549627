"""A port that workers share, and nobody else."""

import socket

import pytest

from laurels_server.config import ConfigError
from laurels_server.workers.port import held


def listening(address: str, *, shares: bool) -> socket.socket:
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shares))
    try:
        listener.bind((host.strip("[]"), int(port)))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "0.0.0.0"])
def test_workers_share_it_and_others_are_kept_out_also_while_none_listens(host: str) -> None:
    with held(f"{host}:0") as address:
        with pytest.raises(OSError, match="in use"):
            listening(address, shares=False)
        with (
            listening(address, shares=True),
            listening(address, shares=True),
            pytest.raises(OSError, match="in use"),
        ):
            listening(address, shares=False)
        with pytest.raises(ConfigError, match="is it in use"), held(address):
            pass
    listening(address, shares=False).close()


def test_whoever_listens_there_already_is_noticed_even_if_they_would_share() -> None:
    for shares in (True, False):
        with listening("127.0.0.1:0", shares=shares) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            with pytest.raises(ConfigError, match="is it in use"), held(address):
                pass


def test_connections_that_ended_lately_keep_nobody_out() -> None:
    with (
        held("127.0.0.1:0") as address,
        listening(address, shares=True) as listener,
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as caller,
    ):
        accepted, _ = listener.accept()
        # Who hangs up first waits a minute for what may still be on its way.
        accepted.close()
        assert caller.recv(1) == b""
    with held(address) as again:
        assert again == address


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="cannot be listened on"), held(f"{host}:50051"):
        pass
