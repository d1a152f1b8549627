"""One way to call both clients, so that each behaviour is written once and held to twice."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

import laurels

Kind = Literal["sync", "asyncio"]


class Either:
    """A client of either kind. Blocking calls run in a thread: a server may live in this loop."""

    def __init__(self, client: laurels.Client | laurels.aio.Client) -> None:
        self.client = client

    async def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        method = getattr(self.client, name)
        if isinstance(self.client, laurels.Client):
            return await asyncio.to_thread(method, *args, **kwargs)
        return await method(*args, **kwargs)

    async def each(self, name: str, /, *args: Any, **kwargs: Any) -> list[Any]:
        """All that an iterator or a stream gives."""
        method = getattr(self.client, name)
        if isinstance(self.client, laurels.Client):
            return await asyncio.to_thread(lambda: list(method(*args, **kwargs)))
        return [one async for one in method(*args, **kwargs)]

    async def fails(self, name: str, /, *args: Any, **kwargs: Any) -> laurels.LaurelsError:
        """The error that a call ends with."""
        try:
            answer = await self.call(name, *args, **kwargs)
        except laurels.LaurelsError as error:
            return error
        raise AssertionError(f"it succeeded: {answer}")

    async def close(self) -> None:
        if isinstance(self.client, laurels.Client):
            self.client.close()
        else:
            await self.client.close()


@asynccontextmanager
async def opened(kind: Kind, address: str, **given: Any) -> AsyncGenerator[Either]:
    """A client of that kind, with a connection of its own."""
    given["options"] = (("grpc.use_local_subchannel_pool", 1), *given.get("options", ()))
    connect = laurels.connect if kind == "sync" else laurels.aio.connect
    either = Either(connect(address, **given))
    try:
        yield either
    finally:
        await either.close()


ATTEMPT: dict[str, Any] = {
    "level_id": "puk_u1_l1",
    "score": 100,
    "total_questions": 5,
    "correct_answers": 5,
}
"""The arguments of an attempt that passes, but for who makes it."""


def attempt(**changes: Any) -> dict[str, Any]:
    """The same with some changed."""
    return ATTEMPT | changes
