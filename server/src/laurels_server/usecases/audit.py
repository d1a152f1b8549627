"""Holds the ledger, the accounts and the board to each other.

Each learner is read in one snapshot of PostgreSQL. Redis moves meanwhile, so a difference there is
only a suspicion: it is looked at again once Redis has passed a later snapshot, and is a finding if
the learner still differs and did not move in between.
"""

import asyncio
import contextlib
import itertools
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from laurels_server.domain.audit import (
    Checked,
    Finding,
    FindingKind,
    Phase,
    Progress,
    account_findings,
    level_finding,
    place_finding,
    stray_finding,
)
from laurels_server.domain.errors import StoreUnavailable
from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.postgres import audit as store
from laurels_server.postgres import feed
from laurels_server.postgres.database import Database
from laurels_server.redis.connection import ProjectionAway
from laurels_server.redis.inspection import SCORES_MOST, Inspection, Scores
from laurels_server.redis.keys import learner_key, member
from laurels_server.usecases.relay import Relay
from laurels_server.usecases.transactions import found

_ENTRIES_MOST = 20_000
"""Entries of the ledger read at a time; bounds memory, and how long the statement takes."""

_LEARNERS_FIRST = 2_000
_LEARNERS_MOST = 50_000
_CHUNK_S = 1.0
"""Learners read at a time: as many as take about that long, which is well within a statement's
time. Their rows lie scattered, so that many at a time cost less each."""

_CHUNKS_AT_ONCE = 2
"""Read by PostgreSQL, while one is held to the board."""

_BEFORE_ALL = -(2**63)
"""Below the learner keys of all entries, whoever wrote them."""

BOARD_PATIENCE_S = 5.0
"""How long the board may take to answer, or to follow the ledger, where nobody waits."""

_MOVING_PATIENCE_S = 60.0
"""How much longer it may take while it follows the ledger, from a large backlog for example."""

_LOOK_AGAIN_S = 0.02
"""How often the board is looked at while it is waited for."""

_LOOKS_MOST = 5
"""A learner who moved between all of these looks is left to the next audit."""

_SCANS_LEAST = 3
"""How often a board is scanned that is replaced every time, before that is a finding."""


class _Keys:
    """A set of learner keys, one bit each: there may be many millions, mostly side by side."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, keys: Iterable[int]) -> None:
        for key in keys:
            page = self._pages.get(key >> 16)
            if page is None:
                page = self._pages[key >> 16] = bytearray(1 << 13)
            page[(key & 0xFFFF) >> 3] |= 1 << (key & 7)

    def __contains__(self, key: int) -> bool:
        page = self._pages.get(key >> 16)
        return page is not None and bool(page[(key & 0xFFFF) >> 3] >> (key & 7) & 1)


class Audit:
    """One audit, and how much it has looked at. Raises StoreUnavailable and Overloaded.

    A board that stays away for `patience_s` is one finding; the rest of the audit then goes on
    without it.
    """

    def __init__(
        self,
        database: Database,
        inspection: Inspection,
        relay: Relay,
        *,
        patience_s: float,
    ) -> None:
        self._database = database
        self._inspection = inspection
        self._relay = relay
        self._patience_s = patience_s
        self._board_is_away = False
        self._with_place = _Keys()
        self.checked = Checked()

    async def everything(self) -> AsyncGenerator[Finding | Progress]:
        """All there is, phase by phase."""
        last, more = LEDGER_START, True
        while more:
            run = await self.entries(last, _ENTRIES_MOST)
            for finding in run.breaks:
                yield finding
            yield Progress(Phase.LEDGER, _share(run.last.seq, run.tip), self.checked)
            last, more = run.last, run.entries == _ENTRIES_MOST
        for finding in await self.board():
            yield finding
        last_key = await found(self._database, feed.last_learner)
        async with contextlib.aclosing(self._chunks()) as chunks:
            async for upto, chunk in chunks:
                for finding in await self._findings(chunk):
                    yield finding
                self._with_place.add(key for key, _ in chunk.placed)
                share = 1.0 if upto is None else _share(max(0, upto), last_key)
                yield Progress(Phase.LEARNERS, share, self.checked)
        async for event in self._members():
            yield event

    async def entries(self, after: LedgerPoint, most: int) -> store.Run:
        """The next entries of the ledger, and what is wrong with their order."""
        run = await found(
            self._database, lambda connection: store.read_run(connection, after, most)
        )
        self.checked = replace(self.checked, entries=self.checked.entries + run.entries)
        return run

    async def learners(self, after: int, most: int) -> tuple[int | None, list[Finding]]:
        """What is wrong with the accounts and places of the next learners, and the last one's key;
        None when no learner is left beyond them."""
        upto = await self._bound(after, most)
        return upto, await self._findings(await self._chunk(after, upto))

    async def _chunks(self) -> AsyncGenerator[tuple[int | None, store.Chunk]]:
        """All learners in the order of keys, each chunk with the key it ends at."""
        reading: deque[tuple[int | None, asyncio.Task[store.Chunk]]] = deque()
        most = min(_LEARNERS_FIRST, _LEARNERS_MOST)
        upto: int | None = _BEFORE_ALL

        async def read(after: int, upto: int | None) -> store.Chunk:
            nonlocal most
            began = time.monotonic()
            chunk = await self._chunk(after, upto)
            if chunk.learners:
                fitting = chunk.learners * _CHUNK_S / (time.monotonic() - began)
                most = min(math.ceil(fitting), _LEARNERS_MOST)
            return chunk

        try:
            while reading or upto is not None:
                while upto is not None and len(reading) < _CHUNKS_AT_ONCE:
                    after, upto = upto, await self._bound(upto, most)
                    reading.append((upto, asyncio.create_task(read(after, upto))))
                ends_at, task = reading[0]
                chunk = await task
                reading.popleft()
                yield ends_at, chunk
        finally:
            for _, task in reading:
                task.cancel()
            await asyncio.gather(*(task for _, task in reading), return_exceptions=True)

    async def _bound(self, after: int, most: int) -> int | None:
        return await found(
            self._database, lambda connection: store.read_bound(connection, after, most)
        )

    async def _chunk(self, after: int, upto: int | None) -> store.Chunk:
        """The learners of a range, in halves where all at once take PostgreSQL too long: their
        rows may have to come from the disk, one by one."""
        chunk = await found(
            self._database, lambda connection: store.read_chunk(connection, after, upto)
        )
        if chunk is not None:
            return chunk
        middle = await found(
            self._database, lambda connection: store.read_middle(connection, after, upto)
        )
        if middle is None:
            raise StoreUnavailable("PostgreSQL takes too long for a single learner; retry")
        first = await self._chunk(after, middle)
        return first.followed_by(await self._chunk(middle, upto))

    async def _findings(self, chunk: store.Chunk) -> list[Finding]:
        findings = [stray_finding(key, seq) for key, seq in chunk.strays]
        for facts in chunk.accounts:
            findings += account_findings(facts)
        findings += [level_finding(facts) for facts in chunk.levels]
        findings += await self.places(dict(chunk.placed))
        self.checked = replace(self.checked, learners=self.checked.learners + chunk.learners)
        return findings

    async def learner(self, key: int) -> list[Finding]:
        """What is wrong with one learner, with or without a place."""
        chunk = await self._chunk(key - 1, key)
        findings = await self._findings(chunk)
        return findings if chunk.placed else findings + await self.places({key: None})

    async def board(self) -> list[Finding]:
        """Whether the board is there and comes as far as the ledger is now, and no farther."""
        return await self._unless_away(self._in_step)

    async def places(self, expected: Mapping[int, int | None]) -> list[Finding]:
        """Learners whose scores are not these rank keys, and still differ at a second look."""
        return await self._unless_away(lambda: self._compare(expected))

    async def strangers(self, most: int) -> list[Finding]:
        """Those of so many random members of the board who have no place there."""

        async def look() -> list[Finding]:
            return await self._placeless(await self._inspection.random_members(most))

        return await self._unless_away(look)

    async def _members(self) -> AsyncGenerator[Finding | Progress]:
        """Members of the board who have no place there."""
        told: set[str] = set()
        until = time.monotonic() + self._patience_s
        for scan in itertools.count(1):
            for finding in await self._unless_away(self._is_there):
                yield finding
            if self._board_is_away:
                return
            try:
                async for event in self._scan(told):
                    yield event
                return
            except ProjectionAway as away:
                if scan >= _SCANS_LEAST and time.monotonic() >= until:
                    yield self._away(away)

    async def _scan(self, told: set[str]) -> AsyncGenerator[Finding | Progress]:
        """The same, in one generation; raises ProjectionAway. `told` have been found before."""
        total = (await self._inspection.in_use()).moment.total
        members = 0
        async for names in self._inspection.members():
            for finding in await self._placeless([name for name in names if name not in told]):
                told.add(finding.subject)
                yield finding
            members += len(names)
            self.checked = replace(self.checked, members=members)
            yield Progress(Phase.BOARD, _share(members, total), self.checked)

    async def _placeless(self, names: Sequence[str]) -> list[Finding]:
        """Those of the members who hold no place; whoever was held to the board has had one."""
        findings: list[Finding] = []
        keys: list[int] = []
        for name in names:
            if (key := _key(name)) is None:
                findings.append(place_finding("", name, None, "a member that is no learner's key"))
            elif key not in self._with_place:
                keys.append(key)
        if not keys:
            return findings
        suspects = await found(
            self._database, lambda connection: store.read_strangers(connection, keys)
        )
        return findings + await self._look_again(suspects)

    async def _is_there(self) -> list[Finding]:
        await self._reach(0)
        return []

    async def _in_step(self) -> list[Finding]:
        """Nothing, once the board stands where the ledger is; raises ProjectionAway."""
        until = time.monotonic() + self._patience_s
        while True:
            end = await found(self._database, feed.ledger_end)
            stands_at = (await self._reach(end.seq)).moment.watermark
            # Asked for once more: whoever is ahead of this follows another ledger.
            end = await found(self._database, feed.ledger_end)
            if stands_at <= end.seq:
                return []
            if time.monotonic() >= until:
                raise _out_of_step(stands_at, end.seq)
            await self._pause()

    async def _compare(self, expected: Mapping[int, int | None]) -> list[Finding]:
        keys = list(expected)
        texts = await self._texts(keys, passed=0)
        suspects = [key for key in keys if texts[key] != _text(expected[key])]
        return await self._look_again(suspects)

    async def _look_again(self, keys: Sequence[int]) -> list[Finding]:
        """Those of the learners who differ though Redis has passed their last change."""
        findings: list[Finding] = []
        for _ in range(_LOOKS_MOST):
            if not keys:
                break
            before, end = await self._places_of(keys)
            texts = await self._texts(keys, passed=end)
            after, _ = await self._places_of(keys)
            differing = [key for key in keys if texts[key] != _text(before[key].rank_key)]
            keys = [key for key in differing if before[key] != after[key]]
            for key in differing:
                if before[key] == after[key]:
                    place = before[key]
                    findings.append(
                        place_finding(place.user_id or "", member(key), place.rank_key, texts[key])
                    )
        return findings

    async def _places_of(self, keys: Sequence[int]) -> tuple[Mapping[int, store.Place], int]:
        """Where learners stand, and the ledger's last seq, in one snapshot."""
        return await found(self._database, lambda connection: store.read_places(connection, keys))

    async def _texts(self, keys: Sequence[int], *, passed: int) -> Mapping[int, str | None]:
        """The learners' scores, once the board has passed a seq; raises ProjectionAway."""
        texts: dict[int, str | None] = {}
        for begin in range(0, len(keys), SCORES_MOST):
            part = keys[begin : begin + SCORES_MOST]
            scores = await self._reach(passed, part)
            texts.update(zip(part, scores.texts, strict=True))
        return texts

    async def _reach(self, seq: int, keys: Sequence[int] = ()) -> Scores:
        """What the board says once it has passed a seq; raises ProjectionAway."""
        until = time.monotonic() + self._patience_s
        latest = until + _MOVING_PATIENCE_S
        stood_at = -1
        while True:
            try:
                scores = await self._inspection.scores(keys)
            except ProjectionAway:
                if time.monotonic() >= until:
                    raise
            else:
                watermark = scores.moment.watermark
                if watermark >= seq:
                    return scores
                if watermark > stood_at:
                    # It gets on: that it is not there yet is no fault.
                    stood_at = watermark
                    until = min(time.monotonic() + self._patience_s, latest)
                if time.monotonic() >= until:
                    raise _out_of_step(watermark, seq)
            await self._pause()

    async def _pause(self) -> None:
        self._relay.wake()
        await self._relay.moved(_LOOK_AGAIN_S)

    async def _unless_away(self, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
        """The findings of a look at the board; that it is away is one, told once."""
        if self._board_is_away:
            return []
        try:
            return await look()
        except ProjectionAway as away:
            return [self._away(away)]

    def _away(self, away: ProjectionAway) -> Finding:
        self._board_is_away = True
        return Finding(FindingKind.BOARD_AWAY, "", "", "a whole board, up to date", str(away))


def _text(rank_key: int | None) -> str | None:
    """A rank key as Redis says it."""
    return None if rank_key is None else str(rank_key)


def _key(name: str) -> int | None:
    """The learner key behind a member; None where we would not write it like this."""
    try:
        key = learner_key(name)
    except ValueError:
        return None
    return key if 0 < key < 2**63 and member(key) == name else None


def _out_of_step(watermark: int, seq: int) -> ProjectionAway:
    return ProjectionAway(f"the board stands at {watermark}, the ledger at {seq}")


def _share(done: int, of: int) -> float:
    return 1.0 if done >= of else done / of
