"""Who learners are, kept at hand for reads that come from Redis."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from laurels_server.domain.errors import LearnerNotFound, StoreUnavailable
from laurels_server.domain.standings import Name
from laurels_server.postgres import learners as store
from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import StoreFailure
from laurels_server.usecases.transactions import found

_FRESH_S = 5.0
"""How far a shown name may trail a rename that another process made."""

_KEPT_MOST = 200_000
"""Names kept; about 60 MB. The least recently shown go first."""


class Names:
    """A cache of names and keys in front of PostgreSQL.

    A name that can no longer be refreshed because PostgreSQL is away is shown as last known.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: OrderedDict[int, tuple[Name, float]] = OrderedDict()
        self._keys: OrderedDict[str, int] = OrderedDict()

    async def of(self, keys: Sequence[int]) -> list[Name]:
        """Names in the order of the keys; raises StoreUnavailable for one never seen before."""
        now = time.monotonic()
        stale = [key for key in keys if not self._is_fresh(key, now)]
        if stale:
            await self._refresh(stale, now)
        for key in keys:
            self._names.move_to_end(key)
        found = [self._names[key][0] for key in keys]
        self._trim()
        return found

    async def key_of(self, user_id: str) -> int:
        """The key behind a user_id, which never changes; raises LearnerNotFound."""
        if user_id in self._keys:
            self._keys.move_to_end(user_id)
            return self._keys[user_id]
        key = await found(self._database, lambda connection: store.find_key(connection, user_id))
        if key is None:
            raise LearnerNotFound(user_id)
        self._keys[user_id] = key
        self._trim()
        return key

    def forget(self, keys: Iterable[int]) -> None:
        """Makes names that this process has changed fresh at once."""
        for key in keys:
            self._names.pop(key, None)

    def _is_fresh(self, key: int, now: float) -> bool:
        kept = self._names.get(key)
        return kept is not None and now - kept[1] < _FRESH_S

    async def _refresh(self, keys: Sequence[int], now: float) -> None:
        try:
            names = await self._database.read(lambda connection: store.read_names(connection, keys))
        except StoreFailure as failure:
            if all(key in self._names for key in keys):
                return
            raise StoreUnavailable(
                "PostgreSQL is not available and some names are not at hand; retry"
            ) from failure
        for key in keys:
            if key in names:
                self._names[key] = (names[key], now)

    def _trim(self) -> None:
        for kept in (self._names, self._keys):
            while len(kept) > _KEPT_MOST:
                kept.popitem(last=False)
