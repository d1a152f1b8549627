"""The client whose calls block."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, ParamSpec, Self, TypeVar

import grpc
from google.protobuf.message import Message

from laurels.calls.all import AllCalls
from laurels.client import failures
from laurels.client.channel import Settings, Token
from laurels.client.rpc import Ask, Blocking, Page, Stream, Unary, Walk
from laurels.client.stubs import Stubs

P = ParamSpec("P")
Q = TypeVar("Q", bound=Message)
R = TypeVar("R")
G = TypeVar("G", bound=Page)
T = TypeVar("T")


def connect(
    address: str,
    *,
    token: Token | None = None,
    tls: bool | grpc.ChannelCredentials = False,
    timeout: float = 5.0,
    retry: bool = True,
    options: Sequence[tuple[str, str | int]] = (),
) -> "Client":
    """Opens a client. Nothing is sent before the first call.

    Args:
        address: `HOST:PORT`, or a target of gRPC: with `dns:///HOST:PORT`, calls are spread over
            all servers of that name.
        token: Sent with each call as `authorization: Bearer`; a function is asked for each call,
            so that a token can be renewed. Only with TLS, or to this machine.
        tls: True trusts the certificates that gRPC comes with; for your own give
            `grpc.ssl_channel_credentials(root_certificates=...)`.
        timeout: Seconds that a call may take, repeats included, where it says nothing else.
            AuditAll and RebuildProjection have no limit by default.
        retry: Whether calls that end UNAVAILABLE are repeated, up to 4 tries in all. Writes without
            a request id (upserts, RetireLevel) and streams never are.
        options: Further options of the gRPC channel; they win over the client's own.

    Raises:
        BadArgument: One of these cannot be used; also a ValueError.
    """
    return Client(Settings(address, token, tls, timeout, retry, options))


class Client(AllCalls, Blocking):
    """A method for each RPC, to be called from any thread. Made by `laurels.connect`."""

    def __init__(self, settings: Settings) -> None:
        credentials, options = settings.credentials, settings.channel_options
        self._channel = (
            grpc.secure_channel(settings.address, credentials, options)
            if credentials
            else grpc.insecure_channel(settings.address, options)
        )
        self._stubs = Stubs(self._channel)
        self._metadata = settings.metadata()
        self._timeout = settings.timeout
        self._peer = settings.peer
        self._closed = False

    def close(self) -> None:
        """Ends calls under way and lets the connection go. Later calls raise BadArgument."""
        self._closed = True
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<laurels.Client of {self._peer.address}>"

    def bind_unary(self, rpc: Unary[P, Q, R]) -> Callable[P, R]:
        """The method that makes this call."""
        send = self._sender(rpc)
        ask = rpc.ask

        def method(*args: P.args, **kwargs: P.kwargs) -> R:
            return send(ask(*args, **kwargs))

        return method

    def bind_stream(self, rpc: Stream[P, Q, R]) -> Callable[P, Generator[R]]:
        """The method that makes this call."""
        stub = rpc.stub(self._stubs)

        def method(*args: P.args, **kwargs: P.kwargs) -> Generator[R]:
            ask, metadata = rpc.ask(*args, **kwargs), self._metadata()
            try:
                answers = stub(ask.request, timeout=ask.timeout, metadata=metadata)
            except ValueError as error:
                raise failures.of_usage(error, closed=self._closed) from error
            return self._answers(answers, ask)

        return method

    def bind_walk(self, walk: Walk[P, Q, G, T]) -> Callable[P, Generator[T]]:
        """The method that goes from page to page."""
        send = self._sender(walk.pages)

        def method(*args: P.args, **kwargs: P.kwargs) -> Generator[T]:
            return pages(walk.ask(*args, **kwargs))

        def pages(ask: Ask[Q]) -> Generator[T]:
            more = True
            while more:
                page = send(ask)
                more = walk.go_on(ask.request, page)
                yield from walk.items(page)

        return method

    def _sender(self, rpc: "Unary[..., Q, R]") -> Callable[[Ask[Q]], R]:
        stub, finish = rpc.stub(self._stubs), rpc.finish
        metadata, default = self._metadata, self._timeout

        def send(ask: Ask[Q]) -> R:
            timeout = default if ask.timeout is None else ask.timeout
            carried = metadata()
            try:
                answer = stub(ask.request, timeout=timeout, metadata=carried)
            except grpc.RpcError as error:
                raise failures.of_call(error, ask.request, self._peer, timeout) from error
            except ValueError as error:
                raise failures.of_usage(error, closed=self._closed) from error
            if finish is not None:
                finish(ask.request, answer)
            return answer

        return send

    def _answers(self, answers: Any, ask: Ask[Q]) -> Generator[Any]:
        try:
            yield from answers
        except grpc.RpcError as error:
            raise failures.of_call(error, ask.request, self._peer, ask.timeout) from error
        finally:
            answers.cancel()
