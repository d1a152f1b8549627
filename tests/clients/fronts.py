"""What stands between a client and the server in the scenario: fronts that misbehave on purpose."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from laurels.v1.xp_service_pb2 import GetXpAccountResponse, XpAccount
from laurels_server.domain.errors import Overloaded, ShuttingDown
from laurels_server.rpc import errors
from tests.clients.certificate import Certificate
from tests.e2e.process import free_address

TOKEN = "open-sesame"
DETAILS = "grpc-status-details-bin"
ATTEMPTS = "grpc-previous-rpc-attempts"
"""What gRPC tells a server of the attempts before."""

Context = grpc.aio.ServicerContext[Any, Any]
Forward = Callable[[], Awaitable[bytes]]
Onward = Callable[..., Awaitable[bytes]]
Behaviour = Callable[[int, Forward, Context], Awaitable[bytes]]
"""What a front does with an attempt, given its number: 1 for the first with these very bytes."""


async def lossy(attempt: int, forward: Forward, context: Context) -> bytes:
    """Books the first attempt and loses its answer."""
    answer = await forward()
    if attempt == 1:
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost")
    return answer


async def crowded(_attempt: int, _forward: Forward, context: Context) -> bytes:
    """Turns everyone away, and says when to come again."""
    status = status_pb2.Status(code=grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], message="full")
    pause = Duration()
    pause.FromTimedelta(timedelta(milliseconds=1500))
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason="OVERLOADED", domain="laurels"))
    status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=pause))
    trailers = ((DETAILS, status.SerializeToString()),)
    await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full", trailers)
    return b""


async def doubtful(attempt: int, forward: Forward, context: Context) -> bytes:
    """Books the first attempt and loses its answer; then turns all away, as the server does."""
    if attempt == 1:
        await forward()
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost")
    await errors.abort(context, Overloaded("too much is waiting"))


async def stopping(_attempt: int, _forward: Forward, context: Context) -> bytes:
    """Is going away, and says so as the server does."""
    await errors.abort(context, ShuttingDown("going away"))


class Late:
    """Loses the first attempt on its way. That arrives after all, just before the third."""

    def __init__(self) -> None:
        self._on_their_way: list[Forward] = []

    async def __call__(self, attempt: int, forward: Forward, context: Context) -> bytes:
        if attempt == 1:
            self._on_their_way.append(forward)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the connection was lost")
        if attempt == 3:
            while self._on_their_way:
                await self._on_their_way.pop()()
        return await forward()


async def verbose(_attempt: int, _forward: Forward, _context: Context) -> bytes:
    """Answers more than a client takes."""
    account = XpAccount(user_id="x" * 17_000_000)
    return GetXpAccountResponse(account=account).SerializeToString()


async def failing(_attempt: int, forward: Forward, context: Context) -> bytes:
    """Lets the server refuse the learner, and fails with the status that the learner is named."""
    try:
        return await forward()
    except grpc.aio.AioRpcError as refused:
        named = re.search(r"'(\w+)'", refused.details() or "")
        assert named is not None
        await context.abort(grpc.StatusCode[named[1]], "said so")
        raise


async def guarded(_attempt: int, forward: Forward, context: Context) -> bytes:
    """Wants the token."""
    sent = dict(context.invocation_metadata() or ()).get("authorization")
    if sent != f"Bearer {TOKEN}":
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, "not you")
    return await forward()


class Front(grpc.GenericRpcHandler):
    """Passes unary calls on to a server as they are, or behaves."""

    def __init__(self, server: grpc.aio.Channel, behave: Behaviour) -> None:
        self._server = server
        self._behave = behave
        self.attempts: Counter[tuple[str, bytes]] = Counter()
        """How often each call came: its method, and its bytes."""

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes]":
        method = handler_call_details.method
        onward = cast(Onward, self._server.unary_unary(method))

        async def attempt(request: bytes, context: Context) -> bytes:
            self.attempts[method, request] += 1
            told = (item for item in context.invocation_metadata() or () if item[0] == ATTEMPTS)
            metadata = grpc.aio.Metadata(*told)

            async def forward() -> bytes:
                return await onward(request, timeout=5.0, metadata=metadata)

            try:
                return await self._behave(self.attempts[method, request], forward, context)
            except grpc.aio.AioRpcError as refused:
                trailers = tuple(item for item in refused.trailing_metadata() if item[0] == DETAILS)
                await context.abort(refused.code(), refused.details() or "", trailers)
                raise

        return grpc.unary_unary_rpc_method_handler(attempt)  # pyright: ignore[reportArgumentType]


@dataclass
class Fronts:
    """Where they listen, by the names that the scenario gives them."""

    places: dict[str, str] = field(default_factory=dict[str, str])
    by_name: dict[str, Front] = field(default_factory=dict[str, Front])
    connections: Counter[str] = field(default_factory=Counter[str])


@asynccontextmanager
async def fronts(server: str, certificate: Certificate) -> AsyncGenerator[Fronts]:
    """Every front of the scenario, before the server at this address."""
    made = Fronts({"server": server, "closed": free_address()})
    made.places["authority"] = str(certificate.chain)
    async with AsyncExitStack() as stack:
        # A channel that repeated calls itself would tell of its own attempts, not of the client's.
        options = (("grpc.enable_retries", 0),)
        onward = await stack.enter_async_context(grpc.aio.insecure_channel(server, options))
        behaviours: dict[str, Behaviour] = {
            "lossy": lossy,
            "crowded": crowded,
            "doubtful": doubtful,
            "late": Late(),
            "stopping": stopping,
            "failing": failing,
            "verbose": verbose,
            "secure": guarded,
        }
        for name, behave in behaviours.items():
            front = made.by_name[name] = Front(onward, behave)
            listener = grpc.aio.server(handlers=(front,))
            if behave is guarded:
                pair = (certificate.key.read_bytes(), certificate.chain.read_bytes())
                port = listener.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
            else:
                port = listener.add_insecure_port("127.0.0.1:0")
            await listener.start()
            stack.push_async_callback(listener.stop, None)
            made.places[name] = f"127.0.0.1:{port}"
        talks = {
            "restarting": _restarting,
            "rolling": _rolling,
            "dropping": _dropping,
            "silent": _silent,
        }
        for name, talk in talks.items():
            made.places[name] = await stack.enter_async_context(_tcp(made, name, talk, server))
        yield made


Talk = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]


@asynccontextmanager
async def _tcp(made: Fronts, name: str, talk: Talk, server: str) -> AsyncGenerator[str]:
    links: set[asyncio.Task[None]] = set()

    async def link(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.connections[name] += 1
        try:
            with suppress(ConnectionError):
                await talk(made.connections[name], reader, writer, server)
        finally:
            writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(link(reader, writer))
        links.add(task)
        task.add_done_callback(links.discard)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        listener.close()
        for task in list(links):
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)


async def _silent(
    _number: int, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _server: str
) -> None:
    """Listens, and never says a word."""
    while await reader.read(65_536):
        pass


async def _dropping(
    _number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _server: str
) -> None:
    """Greets as a server of HTTP/2 does, and is gone with the first call."""
    kind_of_settings, kind_of_headers = 4, 1
    writer.write(bytes([0, 0, 0, kind_of_settings, 0, 0, 0, 0, 0]))
    with suppress(asyncio.IncompleteReadError):
        await reader.readexactly(len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
        kind = None
        while kind != kind_of_headers:
            header = await reader.readexactly(9)
            kind = header[3]
            await reader.readexactly(int.from_bytes(header[:3]))


async def _restarting(
    number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: str
) -> None:
    """Drops the first connection, as a server does that is just going; serves those after it."""
    if number == 1:
        return
    await _pass_on(reader, writer, server)


async def _rolling(
    _number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: str
) -> None:
    """Serves each connection for some calls only, and drops it with whatever is under way."""
    await _pass_on(reader, writer, server, most=700)


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    server: str,
    most: float = float("inf"),
) -> None:
    """Both ways between a client and the server, until the client has sent so many bytes."""
    host, port = server.rsplit(":", 1)
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    try:
        ways = [
            asyncio.create_task(_flow(reader, far_writer, most)),
            asyncio.create_task(_flow(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    finally:
        far_writer.transport.abort()


async def _flow(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: float = float("inf")
) -> None:
    passed = 0
    while passed < most and (block := await reader.read(65_536)):
        passed += len(block)
        writer.write(block)
        await writer.drain()
