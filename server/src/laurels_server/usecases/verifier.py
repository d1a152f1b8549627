"""Audits a few learners every second, for as long as the server runs.

It goes round all learners, from a random one on, and along the ledger from where that ended at the
start. Those rounds pass by whoever is on the board without a place, so it also looks at members of
the board, at random. What it finds is logged as an error and counted; a board that is wrong is
built anew.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence

from laurels_server.domain.audit import ABOUT_BOARD, Finding, FindingKind
from laurels_server.domain.errors import LaurelsError
from laurels_server.domain.ledger import LedgerPoint
from laurels_server.logging import log
from laurels_server.metrics import FINDINGS, VERIFIED_LEARNERS
from laurels_server.postgres import feed
from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import StoreFailure
from laurels_server.redis.connection import ProjectionAway
from laurels_server.redis.inspection import Inspection
from laurels_server.usecases.audit import BOARD_PATIENCE_S, Audit
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.relay import Relay
from laurels_server.usecases.transactions import found

_EVERY_S = 1.0

_ENTRIES_MOST = 20_000
"""New ledger entries looked at in a round; the rest waits for the next one."""

_MEMBERS_EVERY = 4
"""One look of so many is at a member of the board; the others are at learners."""

_REBUILD_EVERY_S = 60.0
"""A board that is wrong again sooner than this has a cause that building it anew does not cure."""


class Verifier:
    """Looks `learners` times a second, at a learner or at a member of the board."""

    def __init__(
        self,
        database: Database,
        inspection: Inspection,
        relay: Relay,
        breaker: Breaker,
        *,
        learners: int,
    ) -> None:
        self._database = database
        self._inspection = inspection
        self._relay = relay
        self._breaker = breaker
        # At least one of each, however few the looks.
        self._members = max(1, learners // _MEMBERS_EVERY)
        self._learners = max(1, learners - self._members) if learners else 0
        self._key: int | None = None
        self._entry: LedgerPoint | None = None
        self._may_rebuild_at = 0.0
        self._stopping = asyncio.Event()
        for kind in FindingKind:
            # Shown from the start, else a rate would miss the first finding.
            FINDINGS.labels(kind=kind.value)

    async def run(self) -> None:
        """Goes on until `stop`."""
        while self._learners and not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_S):
                    await self._stopping.wait()
                return
            try:
                await self.step()
            except (LaurelsError, StoreFailure, ProjectionAway) as failure:
                log.debug("verifier_waits", because=str(failure))
            except Exception:
                log.exception("verifier_defect")

    def stop(self) -> None:
        """Ends `run` after the round under way, and without a rebuild under way."""
        self._stopping.set()

    async def step(self) -> Sequence[Finding]:
        """One round; raises StoreUnavailable, Overloaded, StoreFailure or ProjectionAway."""
        audit = Audit(self._database, self._inspection, self._relay, patience_s=BOARD_PATIENCE_S)
        if self._key is None or self._entry is None:
            last = await found(self._database, feed.last_learner)
            # Servers that were started together look at different learners.
            self._key = random.randint(0, last)
            self._entry = await found(self._database, feed.ledger_end)
        run = await audit.entries(self._entry, _ENTRIES_MOST)
        upto, findings = await audit.learners(self._key, self._learners)
        findings += await audit.strangers(self._members)
        # Only now: a round that failed half-way looks at the same once more.
        self._entry = run.last
        self._key = upto or 0
        if run.tip < self._entry.seq:
            # PostgreSQL was restored to the past.
            self._entry = await found(self._database, feed.ledger_end)
        VERIFIED_LEARNERS.inc(audit.checked.learners)
        findings = await self._news([*run.breaks, *findings])
        for finding in findings:
            FINDINGS.labels(kind=finding.kind.value).inc()
            log.error(
                "verifier_finding",
                kind=finding.kind.value,
                user_id=finding.user_id,
                subject=finding.subject,
                expected=finding.expected,
                found=finding.found,
            )
        if any(finding.kind in ABOUT_BOARD for finding in findings):
            await self._mend()
        return findings

    async def _news(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Without that the board is away, where the relay knows and is mending it."""
        news = [finding for finding in findings if finding.kind is not FindingKind.BOARD_AWAY]
        if len(news) < len(findings) and not self._breaker.is_open:
            with contextlib.suppress(ProjectionAway):
                await self._inspection.in_use()
                return findings
        return news

    async def _mend(self) -> None:
        if time.monotonic() < self._may_rebuild_at:
            return
        self._may_rebuild_at = time.monotonic() + _REBUILD_EVERY_S
        why = "the verifier found the board wrong"
        async with contextlib.aclosing(self._relay.rebuilding(why)) as steps:
            async for _ in steps:
                if self._stopping.is_set():
                    return
