"""The client for asyncio: `laurels.aio.connect`, with the methods of `laurels.Client` to await."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any, ParamSpec, Self, TypeVar, cast

import grpc
import grpc.aio
from google.protobuf.message import Message

from laurels.calls.all import AllCalls
from laurels.client import failures
from laurels.client.channel import Settings, Token
from laurels.client.rpc import Ask, Awaiting, Page, Stream, Unary, Walk
from laurels.client.stubs import Stubs

__all__ = ["Client", "connect"]

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
    """Opens a client for the running event loop; everything else as in `laurels.connect`.

    Raises:
        BadArgument: One of the arguments cannot be used; also a ValueError.
        RuntimeError: No event loop is running.
    """
    asyncio.get_running_loop()
    return Client(Settings(address, token, tls, timeout, retry, options))


class Client(AllCalls, Awaiting):
    """A method for each RPC, to be awaited in one event loop. Made by `laurels.aio.connect`."""

    def __init__(self, settings: Settings) -> None:
        credentials, options = settings.credentials, settings.channel_options
        self._channel = (
            grpc.aio.secure_channel(settings.address, credentials, options)
            if credentials
            else grpc.aio.insecure_channel(settings.address, options)
        )
        self._stubs = Stubs(self._channel)
        self._metadata = settings.metadata()
        self._timeout = settings.timeout
        self._peer = settings.peer
        self._closed = False

    async def close(self) -> None:
        """Ends calls under way and lets the connection go. Later calls raise BadArgument."""
        self._closed = True
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<laurels.aio.Client of {self._peer.address}>"

    def bind_unary(self, rpc: Unary[P, Q, R]) -> Callable[P, Coroutine[Any, Any, R]]:
        """The method that makes this call."""
        send = self._sender(rpc)
        ask = rpc.ask

        async def method(*args: P.args, **kwargs: P.kwargs) -> R:
            return await send(ask(*args, **kwargs))

        return method

    def bind_stream(self, rpc: Stream[P, Q, R]) -> Callable[P, AsyncGenerator[R]]:
        """The method that makes this call."""
        stub = cast(Any, rpc.stub(self._stubs))

        def method(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[R]:
            ask, metadata = rpc.ask(*args, **kwargs), self._metadata()
            try:
                answers = stub(ask.request, timeout=ask.timeout, metadata=metadata)
            except (ValueError, grpc.aio.UsageError) as error:
                raise failures.of_usage(error, closed=self._closed) from error
            return self._answers(answers, ask)

        return method

    def bind_walk(self, walk: Walk[P, Q, G, T]) -> Callable[P, AsyncGenerator[T]]:
        """The method that goes from page to page."""
        send = self._sender(walk.pages)

        def method(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T]:
            return pages(walk.ask(*args, **kwargs))

        async def pages(ask: Ask[Q]) -> AsyncGenerator[T]:
            more = True
            while more:
                page = await send(ask)
                more = walk.go_on(ask.request, page)
                for item in walk.items(page):
                    yield item

        return method

    def _sender(self, rpc: "Unary[..., Q, R]") -> Callable[[Ask[Q]], Coroutine[Any, Any, R]]:
        stub, finish = cast(Any, rpc.stub(self._stubs)), rpc.finish
        metadata, default = self._metadata, self._timeout

        async def send(ask: Ask[Q]) -> R:
            timeout = default if ask.timeout is None else ask.timeout
            carried = metadata()
            try:
                answer = await stub(ask.request, timeout=timeout, metadata=carried)
            except grpc.RpcError as error:
                raise failures.of_call(error, ask.request, self._peer, timeout) from error
            except asyncio.CancelledError:
                if self._is_cancelled():
                    raise
                raise failures.of_closing(ask.request) from None
            except (ValueError, grpc.aio.UsageError) as error:
                raise failures.of_usage(error, closed=self._closed) from error
            if finish is not None:
                finish(ask.request, answer)
            return answer

        return send

    async def _answers(self, answers: Any, ask: Ask[Q]) -> AsyncGenerator[Any]:
        try:
            async for answer in answers:
                yield answer
        except grpc.RpcError as error:
            raise failures.of_call(error, ask.request, self._peer, ask.timeout) from error
        except asyncio.CancelledError:
            if self._is_cancelled():
                raise
            raise failures.of_closing(ask.request) from None
        finally:
            answers.cancel()

    def _is_cancelled(self) -> bool:
        """Whether it is the task that was cancelled.

        A channel that is closed raises the same in tasks that nobody cancelled, which would end
        them in silence.
        """
        task = asyncio.current_task()
        return not self._closed or task is None or task.cancelling() > 0
