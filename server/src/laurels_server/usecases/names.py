"""Who learners are, kept at hand for reads that come from Redis."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from laurels_server.domain.errors import LaurelsError, LearnerNotFound
from laurels_server.domain.standings import Name
from laurels_server.postgres import learners as store
from laurels_server.postgres.database import Connection, Database
from laurels_server.usecases.gathering import Gathered
from laurels_server.usecases.transactions import found

_FRESH_S: Final = 4.0
"""How far a name may trail a rename that another process made: with what a kept page and the way
to the caller add, 5 s at most."""

_RENEWED_S: Final = 2.0
"""A name that is shown at this age is read anew, so that nobody has to wait for it."""

_PATIENCE_S: Final = 0.05
"""How long a page waits for names to be refreshed before it shows them as last known."""

_RETRY_S: Final = 1.0
"""After a refresh that failed or took too long, how long names are shown as last known."""

_KEPT_MOST: Final = 50_000
"""Names kept, and as many keys; about 32 MB together, with which a worker stays below 150. The
least recently shown go first."""

_AT_ONCE_MOST: Final = 1000
"""Names that one statement reads."""

_REST_S: Final = 0.1
"""Between such readings: names that are shown meanwhile come along."""

_TURN_S: Final = 0.05
_CALLS_MOST: Final = 2
"""A statement that takes long holds others up no longer than this, while there are only so many."""

_PAUSE_S: Final = 0.001
_PAUSE_MOST_S: Final = 0.02
"""What a statement for several readers keeps the next one waiting, for each and in all."""


class Names:
    """A cache of names and keys in front of PostgreSQL.

    A name that cannot be refreshed because PostgreSQL is away or slow is shown as last known.
    """

    def __init__(self, database: Database, changed: Callable[[], object] = lambda: None) -> None:
        """`changed` is called when names that were shown are not right any more."""
        self._database = database
        self._changed = changed
        self._names: OrderedDict[int, tuple[Name, float]] = OrderedDict()
        self._keys: OrderedDict[str, int] = OrderedDict()
        self._doubtful: list[set[int]] = []
        self._retry_at = 0.0
        self._loads = Gathered(
            self._load,
            turn_s=_TURN_S,
            calls_most=_CALLS_MOST,
            weigh=len,
            weight_most=_AT_ONCE_MOST,
            rest_s=_PAUSE_S,
            rest_most_s=_PAUSE_MOST_S,
        )
        self._look_ups = Gathered(
            self._look_up,
            turn_s=_TURN_S,
            calls_most=_CALLS_MOST,
            weight_most=_AT_ONCE_MOST,
            rest_s=_PAUSE_S,
            rest_most_s=_PAUSE_MOST_S,
        )
        self._aging: set[int] = set()
        self._renewing: asyncio.Task[None] | None = None

    async def of(self, keys: Sequence[int]) -> list[Name] | None:
        """Names in the order of the keys; None when PostgreSQL knows no such learner.

        Raises StoreUnavailable for a name never seen before while PostgreSQL is away.
        """
        now = time.monotonic()
        names: dict[int, Name] = {}
        unknown = stale = False
        late: list[int] = []
        for key in keys:
            kept = self._names.get(key)
            if kept is None:
                unknown = True
                late.append(key)
                continue
            names[key], read_at = kept
            self._names.move_to_end(key)
            if now - read_at >= _RENEWED_S:
                late.append(key)
                stale = stale or now - read_at >= _FRESH_S
        if unknown:
            names |= await self._loads.ask(tuple(late))
            if any(key not in names for key in keys):
                return None
        elif late and now >= self._retry_at:
            if stale:
                names |= await self._refresh(late)
            else:
                self._renew(late)
        return [names[key] for key in keys]

    async def key_of(self, user_id: str) -> int:
        """The key behind a user_id; raises LearnerNotFound."""
        key = self._keys.get(user_id)
        if key is None:
            key = await self._look_ups.ask(user_id)
            if key is None:
                raise LearnerNotFound(user_id)
        else:
            self._keys.move_to_end(user_id)
        return key

    def forget(self, keys: Iterable[int]) -> None:
        """Makes names that this process has changed fresh at once."""
        for key in keys:
            self._names.pop(key, None)
            for doubtful in self._doubtful:
                doubtful.add(key)
        self._changed()

    def forget_key(self, user_id: str) -> None:
        """Lets go of a key that turned out to be someone else's, as after a restore."""
        self._keys.pop(user_id, None)

    async def _refresh(self, keys: Sequence[int]) -> dict[int, Name]:
        """Names read anew, or none of them when that takes too long; it then goes on by itself."""
        names = self._loads.ask(tuple(keys))
        await asyncio.wait({names}, timeout=_PATIENCE_S)
        if not names.done() or names.exception() is not None:
            names.cancel()
            self._retry_at = time.monotonic() + _RETRY_S
            return {}
        return names.result()

    def _renew(self, keys: Iterable[int]) -> None:
        """Has names read anew that may still be shown, a few statements for all of them."""
        self._aging.update(keys)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew_all())

    async def _renew_all(self) -> None:
        try:
            while self._aging:
                await asyncio.sleep(_REST_S)
                keys = tuple(islice(self._aging, _AT_ONCE_MOST))
                await self._loads.ask(keys)
                self._aging.difference_update(keys)
        except LaurelsError:
            self._aging.clear()
            self._retry_at = time.monotonic() + _RETRY_S
        finally:
            self._renewing = None

    async def _load(self, asks: Sequence[tuple[int, ...]]) -> list[dict[int, Name]]:
        keys = {key for ask in asks for key in ask}

        async def read(connection: Connection) -> dict[int, Name]:
            return await store.read_names(connection, keys)

        return [await self._read(read)] * len(asks)

    async def _look_up(self, user_ids: Sequence[str]) -> list[int | None]:
        async def read(connection: Connection) -> dict[int, Name]:
            profiles = await store.read_profiles(connection, user_ids)
            return {
                profile.learner_key: Name(user_id, profile.display_name)
                for user_id, profile in profiles.items()
            }

        keys = {name.user_id: key for key, name in (await self._read(read)).items()}
        return [keys.get(user_id) for user_id in user_ids]

    async def _read(
        self, read: Callable[[Connection], Awaitable[dict[int, Name]]]
    ) -> dict[int, Name]:
        """Reads names, and keeps them with their keys, but none that was changed meanwhile."""
        doubtful: set[int] = set()
        self._doubtful.append(doubtful)
        try:
            names = await found(self._database, read)
        finally:
            # By identity: sets are equal as soon as they hold the same.
            self._doubtful = [other for other in self._doubtful if other is not doubtful]
        now = time.monotonic()
        for key, name in names.items():
            self._keys[name.user_id] = key
            if key not in doubtful:
                self._names[key] = (name, now)
        _trim(self._keys)
        _trim(self._names)
        return names


def _trim(kept: "OrderedDict[int, tuple[Name, float]] | OrderedDict[str, int]") -> None:
    while len(kept) > _KEPT_MOST:
        kept.popitem(last=False)
