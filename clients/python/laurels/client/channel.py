"""How a channel is opened: its options, each with its reason, and who may get a token."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import grpc

from laurels.client import addresses
from laurels.client.retries import SERVICE_CONFIG
from laurels.errors import BadArgument
from laurels.version import __version__

MESSAGE_MOST: Final = 4 * 1024 * 1024
"""Bytes in a request, what the server takes: a larger one fails here, before it travels."""

_ANSWER_MOST: Final = 16 * 1024 * 1024
"""Bytes in an answer. An upsert of 4 MiB answers a little more, and is booked by then."""

_OPTIONS: Final[Mapping[str, str | int]] = {
    "grpc.primary_user_agent": f"laurels-python/{__version__}",
    "grpc.max_send_message_length": MESSAGE_MOST,
    "grpc.max_receive_message_length": _ANSWER_MOST,
    # gRPC keeps 256 KiB for a repeat and gives up on larger calls: a batch of 1000 may be one.
    "grpc.per_rpc_retry_buffer_size": 2 * MESSAGE_MOST,
    # A connection that a firewall forgot, or whose host is gone, is noticed within 40 s, also
    # while idle. The server takes a ping every 10 s.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.http2.max_pings_without_data": 0,
    # A server that was restarted is found again within seconds; gRPC's own pause grows to 2 min.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 2_000,
    "grpc.max_reconnect_backoff_ms": 2_000,
}

Token = str | Callable[[], str]
Metadata = tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is called, and how; for error messages."""

    address: str
    tls: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """What `connect` was given, checked. Raises BadArgument."""

    address: str
    token: Token | None
    tls: bool | grpc.ChannelCredentials
    timeout: float
    retry: bool
    options: Sequence[tuple[str, str | int]]

    def __post_init__(self) -> None:
        addresses.check(self.address)
        if not 0 < self.timeout < float("inf"):
            raise BadArgument(f"timeout is in seconds, above 0: {self.timeout!r}")
        if self.token is None:
            return
        if self.tls is False and not addresses.is_loopback(self.address):
            raise BadArgument(
                f"the token would travel to {self.address} in plain text; connect with tls=True"
            )
        if isinstance(self.token, str):
            _bearer(self.token)

    @property
    def peer(self) -> Peer:
        """Who is called."""
        return Peer(self.address, tls=self.tls is not False)

    @property
    def credentials(self) -> grpc.ChannelCredentials | None:
        """Those to connect with; None for plaintext."""
        if isinstance(self.tls, bool):
            return grpc.ssl_channel_credentials() if self.tls else None
        return self.tls

    @property
    def channel_options(self) -> list[tuple[str, str | int]]:
        """The options of the channel; the caller's own win."""
        chosen = dict(_OPTIONS)
        if self.retry:
            chosen["grpc.service_config"] = json.dumps(SERVICE_CONFIG)
        else:
            chosen["grpc.enable_retries"] = 0
        if addresses.is_loopback(self.address):
            # A proxy meant for the network has no business with this machine, nor with the token.
            chosen["grpc.enable_http_proxy"] = 0
        return list((chosen | dict(self.options)).items())

    def metadata(self) -> Callable[[], Metadata]:
        """What makes the metadata of each call."""
        token = self.token
        if token is None:
            return lambda: None
        if isinstance(token, str):
            fixed = _bearer(token)
            return lambda: fixed
        return lambda: _bearer(token())


def _bearer(token: str) -> Metadata:
    """The metadata that carries a token. Raises BadArgument."""
    # The token itself is never told: messages end up in logs.
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise BadArgument("the token must be printable ASCII without spaces")
    return (("authorization", f"Bearer {token}"),)
