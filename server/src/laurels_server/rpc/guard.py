"""Stands before every RPC: bytes that do not parse, deadlines, and errors of every kind."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, cast

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


class Guard(grpc.aio.ServerInterceptor):
    """Wraps our own methods; health and reflection pass by."""

    def __init__(self) -> None:
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._guarded: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any] | None"]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """Answers the guarded handler of a method."""
        method = handler_call_details.method
        if method in self._guarded:
            return self._guarded[method]
        handler = await continuation(handler_call_details)
        if handler is None or not method.startswith("/laurels."):
            return handler
        assert handler.request_deserializer is not None, method
        parsing = _tolerant(handler.request_deserializer)
        if handler.unary_stream is not None:
            guarded = grpc.unary_stream_rpc_method_handler(
                # Typed as of the blocking server; in this one it is an asynchronous generator.
                self._stream(method, cast(_Stream, handler.unary_stream)),
                parsing,
                handler.response_serializer,
            )
        else:
            assert handler.unary_unary is not None, method
            guarded = grpc.unary_unary_rpc_method_handler(
                self._unary(method, handler.unary_unary), parsing, handler.response_serializer
            )
        self._guarded[method] = guarded
        return guarded

    async def idle(self) -> None:
        """Returns once none of our calls is under way."""
        await self._idle.wait()

    def _unary(self, name: str, method: _Unary) -> _Unary:
        rpc = Rpc(name)

        async def guarded(request: Any, context: Any) -> Any:
            async with self._answering(rpc, request, context, _DEFAULT_DEADLINE_S):
                return await method(request, context)

        return guarded

    def _stream(self, name: str, method: _Stream) -> _Stream:
        rpc = Rpc(name)

        async def guarded(request: Any, context: Any) -> AsyncGenerator[Any]:
            async with (
                self._answering(rpc, request, context, None),
                aclosing(method(request, context)) as answers,
            ):
                async for answer in answers:
                    yield answer

        return guarded

    @asynccontextmanager
    async def _answering(
        self, rpc: Rpc, request: object, context: Any, default_deadline_s: float | None
    ) -> AsyncGenerator[None]:
        """Around the work of one call: counts it, ends it at its deadline, tells its errors."""
        left: float | None = context.time_remaining()
        deadline = asyncio.timeout(default_deadline_s if left is None else left)
        self._under_way += 1
        self._idle.clear()
        began = time.perf_counter()
        code = grpc.StatusCode.CANCELLED
        try:
            try:
                if request is _MALFORMED:
                    raise MalformedRequest("the bytes of the request are not this RPC's message")
                async with deadline:
                    yield
                code = grpc.StatusCode.OK
                return
            except LaurelsError as refused:
                error = refused
            except Exception as defect:
                if isinstance(defect, TimeoutError) and deadline.expired():
                    error = DeadlineExceeded(
                        "the deadline passed; retry, a write with the same request_id"
                    )
                else:
                    error = Internal(new_incident())
                    log.error("rpc_defect", method=rpc.method, exc_info=defect, **error.metadata)
            code = STATUS[error.reason]
            await abort(context, error)
        finally:
            rpc.ended(code.name, time.perf_counter() - began)
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()


def _tolerant(parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Marks bytes that do not parse; left alone, grpc.aio would answer them with UNKNOWN."""

    def tolerant(data: bytes) -> Any:
        try:
            return parse(data)
        except Exception:
            return _MALFORMED

    return tolerant
