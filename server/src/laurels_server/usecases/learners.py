"""Registers and changes learners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from laurels_server.domain.errors import LearnerNotFound
from laurels_server.domain.ledger import EntryKind, NewEntry
from laurels_server.postgres import awards, ledger
from laurels_server.postgres import learners as store
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.learners import Profile
from laurels_server.usecases.names import Names
from laurels_server.usecases.relay import Relay
from laurels_server.usecases.transactions import committed, found


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a learner shall be, group ids sorted. Of one that exists, only the fields named by
    `replaces` change; a new one takes all of them."""

    user_id: str
    display_name: str
    group_ids: tuple[str, ...]
    replaces: frozenset[str]


class _OnlyValidating(Exception):
    """Carries the answer out of a transaction that must not commit."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self.profiles = profiles


class Learners:
    """Registers and changes learners, and tells about them."""

    def __init__(self, database: Database, names: Names, relay: Relay) -> None:
        self._database = database
        self._names = names
        self._relay = relay

    async def upsert(
        self, changes: Sequence[ProfileChange], *, validate_only: bool
    ) -> list[Profile]:
        """All of the changes or none, each user_id once; answers in their order."""

        async def work(connection: Connection) -> Mapping[str, Profile]:
            profiles = await _upsert(connection, changes)
            if validate_only:
                raise _OnlyValidating(profiles)
            return profiles

        try:
            profiles = await committed(self._database, work)
        except _OnlyValidating as validated:
            profiles = validated.profiles
        else:
            self._names.forget(profile.learner_key for profile in profiles.values())
            self._relay.wake()
        return [profiles[change.user_id] for change in changes]

    async def get(self, user_id: str) -> Profile:
        """One learner; raises LearnerNotFound."""
        profiles = await found(
            self._database, lambda connection: store.read_profiles(connection, [user_id])
        )
        if user_id not in profiles:
            raise LearnerNotFound(user_id)
        return profiles[user_id]


async def _upsert(
    connection: Connection, changes: Sequence[ProfileChange]
) -> Mapping[str, Profile]:
    """Inserts the new, locks all in key order, and books what changed on the others."""
    wanted = {change.user_id: change for change in changes}
    new = await store.insert_new(
        connection, [(change.user_id, change.display_name) for change in changes]
    )
    locked = await awards.lock_learners(connection, wanted)
    before = await store.read_profiles(connection, wanted)

    renamed: list[tuple[int, str]] = []
    regrouped: list[tuple[int, Sequence[str]]] = []
    entries: list[NewEntry] = []
    for user_id, change in wanted.items():
        was = before[user_id]
        key, total_xp = locked[user_id].key, locked[user_id].total_xp
        if "display_name" in change.replaces and change.display_name != was.display_name:
            renamed.append((key, change.display_name))
            left = {"display_name": was.display_name}
            entries.append(NewEntry(key, 0, total_xp, EntryKind.RENAME, details=left))
        if user_id in new:
            regrouped.append((key, change.group_ids))
        elif "group_ids" in change.replaces and change.group_ids != was.group_ids:
            regrouped.append((key, change.group_ids))
            left = {"group_ids": list(was.group_ids)}
            entries.append(NewEntry(key, 0, total_xp, EntryKind.GROUPS, details=left))
    if renamed:
        await store.rename(connection, renamed)
    if regrouped:
        await store.replace_groups(connection, regrouped)
    after = await store.read_profiles(connection, wanted)
    if entries:
        await ledger.append(connection, entries)
    return after
