"""Stands before every RPC: bytes that do not parse, deadlines, and errors of every kind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc

from laurels_server.domain.errors import (
    DeadlineExceeded,
    Internal,
    LaurelsError,
    MalformedRequest,
)
from laurels_server.logging import log, new_incident
from laurels_server.rpc.errors import abort

_DEFAULT_DEADLINE_S: Final = 5.0
"""For callers that set none."""

_MALFORMED: Final = object()

_Method = Callable[[Any, Any], Awaitable[Any]]


class Guard(grpc.aio.ServerInterceptor):
    """Wraps our own unary methods; health and reflection pass by."""

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
        assert handler.unary_unary is not None, method
        assert handler.request_deserializer is not None, method
        guarded = grpc.unary_unary_rpc_method_handler(
            self._counted(_guarded(method, handler.unary_unary)),
            request_deserializer=_tolerant(handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )
        self._guarded[method] = guarded
        return guarded

    async def idle(self) -> None:
        """Returns once none of our calls is under way."""
        await self._idle.wait()

    def _counted(self, method: _Method) -> _Method:
        async def counted(request: Any, context: Any) -> Any:
            self._under_way += 1
            self._idle.clear()
            try:
                return await method(request, context)
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self._idle.set()

        return counted


def _tolerant(parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Marks bytes that do not parse; left alone, grpc.aio would answer them with UNKNOWN."""

    def tolerant(data: bytes) -> Any:
        try:
            return parse(data)
        except Exception:
            return _MALFORMED

    return tolerant


def _guarded(name: str, method: _Method) -> _Method:
    async def guarded(request: Any, context: Any) -> Any:
        left: float | None = context.time_remaining()
        deadline = asyncio.timeout(_DEFAULT_DEADLINE_S if left is None else left)
        try:
            if request is _MALFORMED:
                raise MalformedRequest("the bytes of the request are not this RPC's message")
            async with deadline:
                return await method(request, context)
        except LaurelsError as refused:
            error = refused
        except Exception as defect:
            if isinstance(defect, TimeoutError) and deadline.expired():
                error = DeadlineExceeded(
                    "the deadline passed; retry, a write with the same request_id"
                )
            else:
                error = Internal(new_incident())
                log.error("rpc_defect", method=name, exc_info=defect, **error.metadata)
        await abort(context, error)

    return guarded
