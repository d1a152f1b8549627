"""What operators ask for: audits, a new projection, and how far Redis is."""

import contextlib
from collections.abc import AsyncGenerator, Generator
from dataclasses import asdict, dataclass
from datetime import datetime

from laurels_server.domain.audit import ABOUT_BOARD, Finding, Phase, Progress, Summary
from laurels_server.domain.errors import Overloaded, ProjectionUnavailable
from laurels_server.domain.ledger import LedgerPoint
from laurels_server.logging import log
from laurels_server.postgres import feed
from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import StoreFailure
from laurels_server.redis.connection import ProjectionAway
from laurels_server.redis.inspection import Inspection
from laurels_server.usecases.audit import BOARD_PATIENCE_S, Audit
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.names import Names
from laurels_server.usecases.rebuild import Building
from laurels_server.usecases.relay import Relay
from laurels_server.usecases.transactions import found, told

_USER_PATIENCE_S = 2.0
"""For the board of one learner: the call must end before its deadline of 5 s."""


_LOGGED_MOST = 100
"""Findings of one audit that the log gets; whoever asked for it gets all."""


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How far Redis is. Without a `generation` nothing is built there, or it does not answer."""

    serving: bool
    reason: str
    ledger_end: LedgerPoint
    watermark: int
    as_of: datetime | None
    members: int
    generation: str


class Operations:
    """The work behind AuditService; one audit and one rebuild at a time."""

    def __init__(
        self,
        database: Database,
        inspection: Inspection,
        relay: Relay,
        breaker: Breaker,
        names: Names,
    ) -> None:
        self._database = database
        self._inspection = inspection
        self._relay = relay
        self._breaker = breaker
        self._names = names
        self._under_way: set[str] = set()

    async def audit_user(self, user_id: str) -> list[Finding]:
        """What is wrong with one learner; raises LearnerNotFound."""
        # Not from the cache: after a restore the key may be another learner's.
        self._names.forget_key(user_id)
        key = await self._names.key_of(user_id)
        return await self._audit(_USER_PATIENCE_S).learner(key)

    async def audit_all(self, *, repair: bool) -> AsyncGenerator[Finding | Progress | Summary]:
        """Everything; with `repair`, findings about the board are mended at the end."""
        with self._alone("an audit"):
            audit = self._audit(BOARD_PATIENCE_S)
            count = about_board = left = 0
            async for event in audit.everything():
                if isinstance(event, Finding):
                    count += 1
                    about_board += event.kind in ABOUT_BOARD
                    if count <= _LOGGED_MOST:
                        log.error("audit_finding", **asdict(event))
                yield event
            if repair and about_board:
                why = "an audit found the board wrong"
                async with contextlib.aclosing(self.rebuild(why)) as steps:
                    async for building in steps:
                        yield Progress(Phase.REPAIR, building.share, audit.checked)
                async for event in self._audit(BOARD_PATIENCE_S).everything():
                    if isinstance(event, Finding):
                        left += event.kind in ABOUT_BOARD
                    else:
                        yield event
                yield Summary(audit.checked, count, max(0, about_board - left))
            else:
                yield Summary(audit.checked, count, 0)

    async def rebuild(self, why: str) -> AsyncGenerator[Building]:
        """A new projection, put in place at the end; raises ProjectionUnavailable."""
        with self._alone("a rebuild"):
            try:
                async with contextlib.aclosing(self._relay.rebuilding(why)) as steps:
                    async for building in steps:
                        yield building
            except ProjectionAway as away:
                raise ProjectionUnavailable(
                    f"Redis did not take the new projection: {away}"
                ) from away
            except StoreFailure as failure:
                raise told(failure) from failure

    async def sync_status(self) -> SyncStatus:
        """How far Redis is; asked before the ledger, so that it is never ahead of it."""
        reason = "readers are answered from PostgreSQL" if self._breaker.is_open else ""
        try:
            in_use = await self._inspection.in_use()
        except ProjectionAway as away:
            end = await found(self._database, feed.ledger_end)
            return SyncStatus(False, str(away), end, 0, None, 0, "")
        end = await found(self._database, feed.ledger_end)
        moment = in_use.moment
        return SyncStatus(
            not reason, reason, end, moment.watermark, moment.as_of, moment.total, in_use.generation
        )

    def _audit(self, patience_s: float) -> Audit:
        return Audit(self._database, self._inspection, self._relay, patience_s=patience_s)

    @contextlib.contextmanager
    def _alone(self, what: str) -> Generator[None]:
        if what in self._under_way:
            raise Overloaded(f"{what} is under way in this server; wait for its end")
        self._under_way.add(what)
        try:
            yield
        finally:
            self._under_way.discard(what)
