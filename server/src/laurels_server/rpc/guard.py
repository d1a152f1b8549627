"""Stands before every RPC: bytes that do not parse, deadlines, and errors of every kind."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import Any, Final, NoReturn, cast

import grpc

from laurels_server.domain.errors import (
    DeadlineExceeded,
    Internal,
    LaurelsError,
    MalformedRequest,
)
from laurels_server.logging import log, new_incident
from laurels_server.metrics import Rpc
from laurels_server.rpc.errors import STATUS, abort

_DEFAULT_DEADLINE_S: Final = 5.0
"""For callers that set none. Streams, which operators ask for, then have none."""

_MALFORMED: Final = object()

_Unary = Callable[[Any, Any], Awaitable[Any]]
_Stream = Callable[[Any, Any], AsyncGenerator[Any]]


class Guard(grpc.GenericRpcHandler):
    """Has all methods, ours wrapped. Services are added to it as to a server.

    It is no interceptor, which gRPC would ask anew at each call. And it alone is the server's: for
    each method that the server knows by name, grpc.aio keeps a task, and looks at all of those at
    every call.
    """

    def __init__(self, at_hand: Mapping[str, Callable[[Any], Any]] = MappingProxyType({})) -> None:
        """`at_hand` may know by a method's name what answers a request without any waiting, and so
        without a deadline; it returns None where the method itself has to be asked."""
        self._at_hand = at_hand
        self._services: list[grpc.GenericRpcHandler] = []
        self._guarded: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Called by the generated functions that add a service to a server."""
        self._services += handlers

    def add_registered_method_handlers(
        self, service: str, handlers: "Mapping[str, grpc.RpcMethodHandler[Any, Any]]"
    ) -> None:
        """Called by them too, with the same methods once more, by name."""

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """Answers the guarded handler of a method; None where there is no such method."""
        name = handler_call_details.method
        guarded = self._guarded.get(name)
        if guarded is None:
            for service in self._services:
                if (handler := service.service(handler_call_details)) is not None:
                    ours = name.startswith("/laurels.")
                    guarded = self._guarded[name] = self._guard(name, handler) if ours else handler
                    break
        return guarded

    async def idle(self) -> None:
        """Returns once none of our calls is under way."""
        await self._idle.wait()

    def _guard(
        self, name: str, handler: "grpc.RpcMethodHandler[Any, Any]"
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        assert handler.request_deserializer is not None, name
        parsing = _tolerant(handler.request_deserializer)
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(
                # Typed as of the blocking server; in this one it is an asynchronous generator.
                self._stream(name, cast(_Stream, handler.unary_stream)),
                parsing,
                handler.response_serializer,
            )
        assert handler.unary_unary is not None, name
        return grpc.unary_unary_rpc_method_handler(
            self._unary(name, handler.unary_unary), parsing, handler.response_serializer
        )

    def _unary(self, name: str, method: _Unary) -> _Unary:
        rpc = Rpc(name)
        at_hand = self._at_hand.get(name, _nothing)

        async def guarded(request: Any, context: Any) -> Any:
            call = self._begin(rpc)
            try:
                answer = at_hand(_parsed(request))
                if answer is None:
                    left = _time_left(context)
                    call.deadline = asyncio.timeout(_DEFAULT_DEADLINE_S if left is None else left)
                    async with call.deadline:
                        answer = await method(request, context)
                call.code = "OK"
                return answer
            except Exception as failure:
                await call.fail(context, failure)
            finally:
                self._end(call)

        return guarded

    def _stream(self, name: str, method: _Stream) -> _Stream:
        rpc = Rpc(name)

        async def guarded(request: Any, context: Any) -> AsyncGenerator[Any]:
            call = self._begin(rpc)
            try:
                call.deadline = asyncio.timeout(_time_left(context))
                async with (
                    call.deadline,
                    aclosing(method(_parsed(request), context)) as answers,
                ):
                    async for answer in answers:
                        yield answer
                call.code = "OK"
            except Exception as failure:
                await call.fail(context, failure)
            finally:
                self._end(call)

        return guarded

    def _begin(self, rpc: Rpc) -> "_Call":
        self._under_way += 1
        self._idle.clear()
        return _Call(rpc)

    def _end(self, call: "_Call") -> None:
        call.count()
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()


class _Call:
    """One call: when it began, its deadline, and the code it ends with."""

    __slots__ = ("_began", "_rpc", "code", "deadline")

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._began = time.perf_counter()
        self.deadline: asyncio.Timeout | None = None
        self.code = "CANCELLED"

    async def fail(self, context: Any, failure: Exception) -> NoReturn:
        """Ends the call with the status of what went wrong."""
        if isinstance(failure, LaurelsError):
            error = failure
        elif isinstance(failure, TimeoutError) and self.deadline and self.deadline.expired():
            error = DeadlineExceeded("the deadline passed; retry, a write with the same request_id")
        else:
            error = Internal(new_incident())
            log.error("rpc_defect", method=self._rpc.method, exc_info=failure, **error.metadata)
        self.code = STATUS[error.reason].name
        await abort(context, error)

    def count(self) -> None:
        """Into the metrics."""
        self._rpc.ended(self.code, time.perf_counter() - self._began)


def _time_left(context: Any) -> float | None:
    """Seconds until the caller's deadline; None without one."""
    return context.time_remaining()


def _nothing(_: Any) -> None:
    """What is at hand for most methods."""


def _parsed(request: Any) -> Any:
    if request is _MALFORMED:
        raise MalformedRequest("the bytes of the request are not this RPC's message")
    return request


def _tolerant(parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Marks bytes that do not parse; left alone, grpc.aio would answer them with UNKNOWN."""

    def tolerant(data: bytes) -> Any:
        try:
            return parse(data)
        except Exception:
            return _MALFORMED

    return tolerant
