"""A gRPC server on a real socket that does what it is told, call by call, and keeps what it saw."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message

HERE = Path(__file__).parent
CERTIFICATE = (HERE / "tls/cert.pem").read_bytes()
"""Of localhost and 127.0.0.1, signed by itself, valid for a hundred years; for these tests only."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How to end a call."""

    code: grpc.StatusCode
    message: str = "as told"
    trailers: tuple[tuple[str, str | bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A try of a call, as it arrived."""

    method: str
    request: bytes
    metadata: Mapping[str, str | bytes]


@dataclass
class Scripted(grpc.GenericRpcHandler):
    """Each try takes the next step; after the last one, calls are answered with no content.

    AuditAll sends messages without end.
    """

    steps: list[Failure | Message] = field(default_factory=list[Failure | Message])
    seen: list[Seen] = field(default_factory=list[Seen])
    hanging: bool = False
    streaming: asyncio.Event = field(default_factory=asyncio.Event)
    broken_off: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        metadata = dict(handler_call_details.invocation_metadata)

        async def answer(request: bytes, context: Any) -> bytes:
            self.seen.append(Seen(handler_call_details.method, request, metadata))
            if self.hanging:
                await asyncio.Event().wait()
            step = self.steps.pop(0) if self.steps else None
            if isinstance(step, Failure):
                await context.abort(step.code, step.message, step.trailers)
                raise AssertionError("abort returned")
            return step.SerializeToString() if step is not None else b""

        async def stream(request: bytes, context: Any) -> AsyncGenerator[bytes]:
            self.streaming.set()
            try:
                while True:
                    yield b""
                    await asyncio.sleep(0.01)
            finally:
                self.broken_off.set()

        make: Any = grpc.unary_stream_rpc_method_handler
        if handler_call_details.method.endswith("/AuditAll"):
            return make(stream)
        make = grpc.unary_unary_rpc_method_handler
        return make(answer)


@asynccontextmanager
async def scripted(*steps: Failure | Message, tls: bool = False) -> AsyncGenerator[Scripted]:
    """One that runs on a free port."""
    script = Scripted(list(steps))
    # It takes any size: what is too large must be stopped on the other side.
    options = (("grpc.max_receive_message_length", -1),)
    server = grpc.aio.server(handlers=[script], options=options)
    if tls:
        key = (HERE / "tls/key.pem").read_bytes()
        port = server.add_secure_port(
            "127.0.0.1:0", grpc.ssl_server_credentials([(key, CERTIFICATE)])
        )
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    script.address = f"127.0.0.1:{port}"
    await server.start()
    try:
        yield script
    finally:
        await server.stop(None)
