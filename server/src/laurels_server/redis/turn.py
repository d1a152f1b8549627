"""Whose turn it is to follow the ledger: a lease in Redis, and a channel to call whoever has it.

It only saves work. Two relays at once change nothing that one would not, so a lease that is lost,
late or held twice for a moment does no harm.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from laurels_server.logging import log
from laurels_server.redis.connection import ProjectionDamaged, translated

_LEASE_MS = 800
"""How long a holder that died or froze keeps the others waiting."""

_RENEW_S = 0.2
"""How often the holder renews it."""

_LISTEN_S = 0.2
"""How soon the listener notices that the turn has come, or has passed on."""

_DEAF_S = 10.0
"""A subscription that has been silent for so long is made anew: it may have gone unnoticed."""


class Subscription(Protocol):
    """What we use of a subscription of the Redis client."""

    def subscribe(self, *channels: str) -> Awaitable[object]:
        """Begins to listen."""
        ...

    def get_message(
        self, *, ignore_subscribe_messages: bool, timeout: float
    ) -> Awaitable[object | None]:
        """The next message; None when none came in time."""
        ...

    def aclose(self) -> Awaitable[object]:
        """Ends it, with its connection."""
        ...


class Client(Protocol):
    """What we use of the Redis client; the package `redis` makes it."""

    def set(self, name: str, value: str, *, nx: bool, get: bool, px: int) -> Awaitable[object]:
        """Sets a key that does not exist; what it held where it does."""
        ...

    def get(self, name: str) -> Awaitable[object]:
        """What a key holds."""
        ...

    def pexpire(self, name: str, time: int) -> Awaitable[object]:
        """Lets a key expire in so many milliseconds."""
        ...

    def unlink(self, name: str) -> Awaitable[object]:
        """Removes a key."""
        ...

    def publish(self, channel: str, message: str) -> Awaitable[object]:
        """Calls whoever listens."""
        ...

    def pubsub(self) -> Subscription:
        """A subscription on a connection of its own."""
        ...


class LeasedTurn:
    """One process's part in the election among all that share a projection."""

    def __init__(self, client: Client, prefix: str) -> None:
        self._client = client
        # Not below a shard's root: a relay follows the ledger for all there may ever be.
        self._lease = f"{prefix}:relay"
        self._channel = f"{prefix}:calls"
        self._name = secrets.token_hex(8)
        self._sure_until = 0.0
        self._stopping = False
        self._listening: asyncio.Task[object] | None = None

    async def mine(self) -> bool:
        """Whether it is our turn, taken or renewed just now; raises ProjectionAway."""
        asked = time.monotonic()
        if asked < self._sure_until:
            return True
        self._sure_until = 0.0
        try:
            with translated():
                holder = await self._client.set(
                    self._lease, self._name, nx=True, get=True, px=_LEASE_MS
                )
                if holder == self._name:
                    # Should it have passed on just now, the next holder's lease gets longer: no
                    # harm.
                    await self._client.pexpire(self._lease, _LEASE_MS)
                elif holder is not None:
                    return False
        except ProjectionDamaged:
            # Somebody put something else there, by which nobody could ever have a turn.
            with translated():
                await self._client.unlink(self._lease)
            return False
        if holder is None:
            log.debug("relay_turn_taken")
        self._sure_until = asked + _RENEW_S
        return True

    async def give_up(self) -> None:
        """Lets another one have it at once; as well as that can be told."""
        self._sure_until = 0.0
        try:
            with translated():
                if await self._client.get(self._lease) == self._name:
                    await self._client.unlink(self._lease)
        except Exception as failure:
            log.debug("relay_turn_kept", because=str(failure))

    async def call(self) -> None:
        """Lets the holder know that the ledger has grown; else it sees so at its next look."""
        try:
            with translated():
                await self._client.publish(self._channel, "")
        except Exception as failure:
            log.debug("relay_not_called", because=str(failure))

    async def listen(self, called: Callable[[], None]) -> None:
        """Calls `called` when another process calls, while it is our turn; until `stop`."""
        self._listening = asyncio.current_task()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listen(called)

    def stop(self) -> None:
        """Ends `listen`."""
        self._stopping = True
        if self._listening is not None:
            # Should it get lost in the client, the flag is seen soon.
            self._listening.cancel()

    async def _listen(self, called: Callable[[], None]) -> None:
        while not self._stopping:
            if time.monotonic() < self._sure_until:
                try:
                    with translated():
                        await self._hear(called)
                except Exception as failure:
                    # Also what the client lets slip, such as a transport that was closed meanwhile:
                    # nobody listens any more once this loop ends.
                    log.debug("relay_hears_nothing", because=str(failure))
            await asyncio.sleep(_LISTEN_S)

    async def _hear(self, called: Callable[[], None]) -> None:
        """One subscription, for as long as it is of use."""
        subscription = self._client.pubsub()
        try:
            await subscription.subscribe(self._channel)
            heard = ours = time.monotonic()
            # A renewal under way, or one that is late, is no reason to hang up.
            while not self._stopping and (now := time.monotonic()) < min(
                heard + _DEAF_S, ours + _LEASE_MS / 1000
            ):
                if now < self._sure_until:
                    ours = now
                message = await subscription.get_message(
                    ignore_subscribe_messages=True, timeout=_LISTEN_S
                )
                if message is not None:
                    heard = time.monotonic()
                    called()
        finally:
            await subscription.aclose()
