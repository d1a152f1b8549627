"""Changes learners' XP accounts one by one, and tells about them."""

from collections.abc import Callable
from dataclasses import dataclass

from laurels_server.domain.account import Change, decide
from laurels_server.domain.errors import LearnerNotFound
from laurels_server.domain.ledger import Entry, LedgerPoint
from laurels_server.logging import log
from laurels_server.metrics import ACCOUNT_CHANGES
from laurels_server.postgres import accounts as store
from laurels_server.postgres import awards, ledger
from laurels_server.postgres.accounts import Account
from laurels_server.postgres.database import Connection, Database
from laurels_server.usecases.transactions import committed, found


@dataclass(frozen=True, slots=True)
class Booked:
    """The entry that a change made, now or before, and a ledger point that includes it."""

    entry: Entry
    replayed: bool
    included_by: LedgerPoint


class Accounts:
    """Awards from other sources, and corrections."""

    def __init__(self, database: Database, on_commit: Callable[[], None]) -> None:
        """`on_commit` is called after each change, to let the projection follow at once."""
        self._database = database
        self._on_commit = on_commit

    async def change(self, change: Change) -> Booked:
        """Books one change; raises the LaurelsError that refused it."""

        async def work(connection: Connection) -> Booked:
            learners = await awards.lock_learners(connection, [change.user_id])
            if change.user_id not in learners:
                raise LearnerNotFound(change.user_id)
            learner = learners[change.user_id]
            state, ledger_end = await store.read_state(connection, learner, change)
            decided = decide(change, state)
            if isinstance(decided, Entry):
                if state.booked is None:
                    # Answered by another call's entry; this id is taken now, too.
                    await store.keep_request(
                        connection, learner.key, change, decided.kind, decided.point
                    )
                return Booked(decided, replayed=True, included_by=ledger_end)
            await store.keep_request(connection, learner.key, change, decided.kind, None)
            end = await ledger.append(connection, [decided])
            entry = Entry(
                point=end,
                amount=decided.amount,
                total_after=decided.total_after,
                kind=decided.kind,
                source=decided.source,
                reference=decided.reference,
                request_id=decided.request_id,
                actor=decided.actor,
                reason=decided.reason,
                reverses=decided.reverses.point if decided.reverses else None,
                counts_at=decided.reverses.counts_at if decided.reverses else end.recorded_at,
            )
            return Booked(entry, replayed=False, included_by=end)

        booked = await committed(self._database, work)
        self._on_commit()
        ACCOUNT_CHANGES.labels(booked.entry.kind.value, str(booked.replayed).lower()).inc()
        log.debug(
            "account_changed",
            user_id=change.user_id,
            kind=booked.entry.kind.value,
            request_id=change.request_id,
            replayed=booked.replayed,
            xp_before=booked.entry.total_after - booked.entry.amount,
            amount=booked.entry.amount,
            xp_after=booked.entry.total_after,
        )
        return booked

    async def account(self, user_id: str) -> Account:
        """A learner's account; raises LearnerNotFound."""
        account = await found(
            self._database, lambda connection: store.read_account(connection, user_id)
        )
        if account is None:
            raise LearnerNotFound(user_id)
        return account

    async def entries(
        self, user_id: str, *, before: int, most: int, include_zero: bool
    ) -> list[Entry]:
        """A learner's newest entries with a seq below `before`; raises LearnerNotFound."""
        entries = await found(
            self._database,
            lambda connection: store.list_entries(
                connection, user_id, before=before, most=most, include_zero=include_zero
            ),
        )
        if entries is None:
            raise LearnerNotFound(user_id)
        return entries
