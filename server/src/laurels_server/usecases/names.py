"""Who learners are, kept at hand for reads that come from Redis."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from laurels_server.domain.errors import LearnerNotFound
from laurels_server.domain.standings import Name
from laurels_server.postgres import learners as store
from laurels_server.postgres.database import Database
from laurels_server.usecases.transactions import found

_FRESH_S = 5.0
"""How far a shown name may trail a rename that another process made."""

_PATIENCE_S = 0.05
"""How long a page waits for names to be refreshed before it shows them as last known."""

_RETRY_S = 1.0
"""After a refresh that failed or took too long, how long names are shown as last known."""

_KEPT_MOST = 200_000
"""Names kept; about 60 MB. The least recently shown go first."""


class Names:
    """A cache of names and keys in front of PostgreSQL.

    A name that cannot be refreshed because PostgreSQL is away or slow is shown as last known.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: OrderedDict[int, tuple[Name, float]] = OrderedDict()
        self._keys: OrderedDict[str, int] = OrderedDict()
        self._retry_at = 0.0
        self._refreshing: set[asyncio.Task[dict[int, Name]]] = set()

    async def of(self, keys: Sequence[int]) -> list[Name] | None:
        """Names in the order of the keys; None when PostgreSQL knows no such learner.

        Raises StoreUnavailable for a name never seen before while PostgreSQL is away.
        """
        now = time.monotonic()
        names: dict[int, Name] = {}
        stale: list[int] = []
        for key in keys:
            if kept := self._names.get(key):
                names[key] = kept[0]
                self._names.move_to_end(key)
            if kept is None or now - kept[1] >= _FRESH_S:
                stale.append(key)
        if unknown := [key for key in keys if key not in names]:
            names |= await self._load(stale)
            if any(key not in names for key in unknown):
                return None
        elif stale and now >= self._retry_at:
            names |= await self._refresh(stale)
        return [names[key] for key in keys]

    async def key_of(self, user_id: str) -> int:
        """The key behind a user_id; raises LearnerNotFound."""
        if user_id in self._keys:
            self._keys.move_to_end(user_id)
            return self._keys[user_id]
        key = await found(self._database, lambda connection: store.find_key(connection, user_id))
        if key is None:
            raise LearnerNotFound(user_id)
        self._keys[user_id] = key
        _trim(self._keys)
        return key

    def forget(self, keys: Iterable[int]) -> None:
        """Makes names that this process has changed fresh at once."""
        for key in keys:
            self._names.pop(key, None)

    def forget_key(self, user_id: str) -> None:
        """Lets go of a key that turned out to be someone else's, as after a restore."""
        self._keys.pop(user_id, None)

    async def _refresh(self, keys: Sequence[int]) -> dict[int, Name]:
        """Names read anew, or none of them when that takes too long; it then goes on by itself."""
        task = asyncio.create_task(self._load(keys))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshed)
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE_S)
        if not done or task.exception() is not None:
            self._retry_at = time.monotonic() + _RETRY_S
            return {}
        return task.result()

    def _refreshed(self, task: "asyncio.Task[dict[int, Name]]") -> None:
        self._refreshing.discard(task)
        if not task.cancelled():
            # Seen to: a refresh that fails is tried again.
            task.exception()

    async def _load(self, keys: Sequence[int]) -> dict[int, Name]:
        names = await found(self._database, lambda connection: store.read_names(connection, keys))
        now = time.monotonic()
        for key, name in names.items():
            self._names[key] = (name, now)
        _trim(self._names)
        return names


def _trim(kept: "OrderedDict[int, tuple[Name, float]] | OrderedDict[str, int]") -> None:
    while len(kept) > _KEPT_MOST:
        kept.popitem(last=False)
