"""Audits as clients get them, and the board in Redis, changed behind the server's back."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, cast

import pytest
from redis.asyncio import Redis

from laurels.v1.audit_service_pb2 import (
    AuditAllRequest,
    AuditProgress,
    AuditSummary,
    AuditUserRequest,
    Finding,
    FindingKind,
    GetSyncStatusRequest,
    GetSyncStatusResponse,
    RebuildProjectionRequest,
    RebuildProjectionResponse,
)
from laurels_server.app import App
from laurels_server.redis.keys import ShardKeys
from tests.calls import Calls
from tests.contract.wire import until
from tests.sql import Sql

Found = tuple[str, str, str, str, str]
"""A finding: its kind, the user_id, the subject, what should stand there and what does."""

MUCH: Final = 30_000

SMALL_WINDOW: Final = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1024))
"""Keeps a client from asking for megabytes ahead of what it reads."""

ABOUT_BOARD: Final = ("BOARD_SCORE", "BOARD_MISSING", "BOARD_EXTRA", "BOARD_AWAY")


@dataclass(frozen=True, slots=True)
class Audited:
    """A whole audit."""

    findings: Sequence[Found]
    progress: Sequence[AuditProgress]
    summary: AuditSummary


def told(finding: Finding) -> Found:
    kind = FindingKind.Name(finding.kind).removeprefix("FINDING_KIND_")
    return kind, finding.user_id, finding.subject, finding.expected, finding.found


async def audit_all(calls: Calls, *, repair: bool = False) -> Audited:
    """An audit of everything, to its end; findings sorted."""
    findings: list[Found] = []
    progress: list[AuditProgress] = []
    summary: AuditSummary | None = None
    async for event in calls.audit.AuditAll(AuditAllRequest(repair=repair)):
        assert summary is None, "a summary is the last message"
        match event.WhichOneof("event"):
            case "finding":
                findings.append(told(event.finding))
            case "progress":
                progress.append(event.progress)
            case _:
                summary = event.summary
    assert summary is not None, "the audit ended without a summary"
    return Audited(sorted(findings), progress, summary)


async def audit_user(calls: Calls, user_id: str) -> list[Found]:
    """The findings about one learner, sorted."""
    answer = await calls.audit.AuditUser(AuditUserRequest(user_id=user_id))
    return sorted(told(finding) for finding in answer.findings)


async def rebuild(calls: Calls) -> list[RebuildProjectionResponse]:
    """A rebuild to its end, step by step."""
    return [step async for step in calls.audit.RebuildProjection(RebuildProjectionRequest())]


async def sync_status(calls: Calls) -> GetSyncStatusResponse:
    return await calls.audit.GetSyncStatus(GetSyncStatusRequest())


async def until_in_step(calls: Calls) -> GetSyncStatusResponse:
    """Waits until Redis has followed all of the ledger and answers readers."""

    async def in_step() -> bool:
        status = await sync_status(calls)
        return status.serving and status.lag_entries == 0

    await until(in_step)
    return await sync_status(calls)


async def much_is_wrong(sql: Sql) -> None:
    """Makes more findings than fit between a server and a client that does not read."""
    await sql.execute(
        "INSERT INTO users (user_id, version)"
        " SELECT 'wrong-' || repeat('x', 100) || n, 1 FROM generate_series(1, $1) AS n",
        MUCH,
    )


async def stop_relay(app: App) -> None:
    """Ends the relay; nothing in Redis changes by itself any more."""
    app.relay.stop()
    running = [task for task in asyncio.all_tasks() if "Relay.run" in repr(task.get_coro())]
    assert len(running) == 1
    await asyncio.wait(running)


class Gate:
    """Holds whoever comes to it until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def passed(self) -> None:
        self.reached.set()
        await self.opened.wait()


def gate_before(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> Gate:
    """A gate that every call of a method comes to first."""
    gate, original = Gate(), getattr(owner, method)

    async def held(*arguments: object, **named: object) -> object:
        await gate.passed()
        return await original(*arguments, **named)

    monkeypatch.setattr(owner, method, held)
    return gate


def sent_by(app: App, monkeypatch: pytest.MonkeyPatch, operation: str) -> list[object]:
    """All that an operation has handed to be sent, as it grows."""
    sent: list[object] = []
    original = getattr(app.services.operations, operation)

    async def noted(*arguments: object, **named: object) -> AsyncGenerator[object]:
        async with aclosing(original(*arguments, **named)) as events:
            async for event in events:
                sent.append(event)
                yield event

    monkeypatch.setattr(app.services.operations, operation, noted)
    return sent


async def stand_still(sent: list[object]) -> None:
    """Waits until nothing has been sent for a while: whoever it is for does not read."""
    since, before = time.monotonic(), -1

    async def still() -> bool:
        nonlocal since, before
        if len(sent) != before:
            since, before = time.monotonic(), len(sent)
        return time.monotonic() - since > 0.3

    await until(still, within_s=30)


_PUT: Final = """
local added = redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'count', added)
"""

_DROP: Final = """
local removed = redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'count', -removed)
return removed
"""


class Board:
    """The board in use in Redis. Its count of members is kept right, so that no pass of the relay
    notices what is done here."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self.redis = redis
        self.keys = ShardKeys(prefix)

    async def generation(self) -> str:
        name = cast(bytes | None, await self.redis.get(self.keys.current))
        return (name or b"").decode()

    async def put(self, member: str | bytes, score: str | int) -> None:
        """Gives a member a score, in place of any that it has."""
        await self._run(_PUT, member, score)

    async def drop(self, member: str) -> None:
        assert await self._run(_DROP, member) == 1

    async def score(self, member: str) -> float | None:
        name = self.keys.board(await self.generation())
        return await self.redis.zscore(name, member)

    async def note(self, field: str, value: str | int) -> None:
        """Changes what the generation says of itself."""
        name = self.keys.meta(await self.generation())
        await self.redis.hset(name, field, str(value))  # pyright: ignore[reportGeneralTypeIssues]

    async def names(self) -> set[str]:
        """Every key of ours in Redis."""
        found = cast(list[bytes], await self.redis.keys(f"{self.keys.root}:*"))
        return {name.decode() for name in found}

    async def lose(self) -> None:
        """Deletes all of it, as FLUSHDB would."""
        if names := await self.names():
            await self.redis.delete(*names)

    async def only_in_use(self) -> bool:
        """Whether nothing is in Redis but the generation that readers use."""
        return await self.names() == await self._used()

    async def forgotten(self) -> set[str]:
        """Keys that nobody uses and that do not expire by themselves."""
        unused = await self.names() - await self._used()
        return {name for name in unused if not 0 < await self.redis.ttl(name) <= 600}

    async def _used(self) -> set[str]:
        current = await self.generation()
        own = {self.keys.meta(current), self.keys.board(current)}
        return own | {self.keys.current, self.keys.generations}

    async def _run(self, script: str, *arguments: str | bytes | int) -> object:
        current = await self.generation()
        assert current, "nothing is built"
        keys = (self.keys.meta(current), self.keys.board(current))
        return await self.redis.eval(script, len(keys), *keys, *arguments)  # pyright: ignore[reportGeneralTypeIssues, reportArgumentType]
