"""A token reaches the server with every call, and never the network in plain text."""

import itertools
from typing import Any

import grpc
import pytest

from laurels.errors import BadArgument
from tests.pyclient.either import ATTEMPT, Kind, opened
from tests.pyclient.scripted import CERTIFICATE, Failure, scripted

TRUSTED = grpc.ssl_channel_credentials(CERTIFICATE)


@pytest.mark.parametrize("tls", [False, TRUSTED], ids=["loopback", "TLS"])
async def test_every_try_carries_it(kind: Kind, tls: Any) -> None:
    async with (
        scripted(Failure(grpc.StatusCode.UNAVAILABLE), tls=bool(tls)) as server,
        opened(kind, server.address, tls=tls, token="abc.DEF-1") as client,
    ):
        await client.call("submit_progress", user_id="u", **ATTEMPT)
        await client.call("get_level", "l")
    carried = [seen.metadata["authorization"] for seen in server.seen]
    assert carried == ["Bearer abc.DEF-1"] * 3


async def test_a_token_that_is_renewed_is_asked_for_with_each_call(kind: Kind) -> None:
    numbers = itertools.count(1)
    async with (
        scripted() as server,
        opened(kind, server.address, token=lambda: f"token-{next(numbers)}") as client,
    ):
        await client.call("get_level", "l")
        await client.call("get_level", "l")
    carried = [seen.metadata["authorization"] for seen in server.seen]
    assert carried == ["Bearer token-1", "Bearer token-2"]


async def test_without_a_token_nothing_is_carried(kind: Kind) -> None:
    async with scripted() as server, opened(kind, server.address) as client:
        await client.call("get_level", "l")
    assert "authorization" not in server.seen[0].metadata


@pytest.mark.parametrize(
    "address",
    [
        "laurels.example:50051",
        "10.0.0.1:50051",
        "0.0.0.0:50051",
        "[2001:db8::1]:50051",
        "dns:///laurels.example:50051",
        "dns://8.8.8.8/laurels.example:50051",
        "ipv4:127.0.0.1:1,10.0.0.1:1",
        "xds:///laurels",
        "localhost.example.com:1",
        "127.0.0.1.example.com:1",
    ],
)
async def test_it_is_not_sent_over_the_network_in_plain_text(kind: Kind, address: str) -> None:
    for token in ("secret", lambda: "secret"):
        with pytest.raises(BadArgument, match="in plain text; connect with tls=True") as refused:
            async with opened(kind, address, token=token):
                pass
        assert "secret" not in str(refused.value)
        async with opened(kind, address, token=token, tls=True) as client:
            assert "secret" not in repr(client.client)


@pytest.mark.parametrize(
    "address",
    [
        "localhost:1",
        "127.0.0.1:1",
        "127.8.9.1:1",
        "[::1]:1",
        "dns:///localhost:1",
        "ipv4:127.0.0.1:1,127.0.0.2:1",
        "unix:/run/laurels",
    ],
)
async def test_this_machine_may_get_it_in_plain_text(kind: Kind, address: str) -> None:
    async with opened(kind, address, token="secret"):
        pass


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ümlaut"])
async def test_what_is_no_token_is_refused_and_not_told(kind: Kind, token: str) -> None:
    with pytest.raises(BadArgument) as refused:
        async with opened(kind, "127.0.0.1:1", token=token):
            pass
    assert refused.value.message == "the token must be printable ASCII without spaces"
    async with opened(kind, "127.0.0.1:1", token=lambda: token) as client:
        assert type(await client.fails("get_level", "l")) is BadArgument


async def test_loopback_is_never_reached_through_a_proxy(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grpc_proxy", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("no_grpc_proxy", raising=False)
    async with (
        scripted() as server,
        opened(kind, server.address, token="t", retry=False) as client,
    ):
        await client.call("get_level", "l")
