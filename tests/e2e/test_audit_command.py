"""`laurels audit` and `laurels rebuild`, as scripts and people call them."""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import grpc
import orjson
import pytest
from redis.asyncio import Redis

from laurels.v1.audit_service_pb2 import AuditAllRequest
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.redis.keys import member
from tests.calls import Calls
from tests.contract.audits import SMALL_WINDOW, Board, much_is_wrong
from tests.e2e.process import COMMAND, Laurels, ended, free_address, serving, started
from tests.sql import Sql

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """A server in a process of its own, with two learners on its board, and both of its stores."""

    server: Laurels
    sql: Sql
    board: Board

    @property
    def address(self) -> str:
        return self.server.address

    async def wrong_score(self) -> None:
        """Takes a minute from the first learner's score in Redis."""
        key, rank_key = await self.learner("scout-001")
        await self.board.put(member(key), rank_key - 1)

    async def learner(self, user_id: str) -> tuple[int, int]:
        row = await self.sql.fetchrow(
            "SELECT learner_key, rank_key FROM users WHERE user_id = $1", user_id
        )
        assert row is not None
        return row["learner_key"], row["rank_key"]


@pytest.fixture
async def stage(settings: Settings, sql: Sql) -> AsyncGenerator[Stage]:
    async with App(settings) as app, grpc.aio.insecure_channel(app.address) as channel:
        await app.load_sample()
        for user_id in ("scout-001", "scout-002"):
            answer = await Calls(channel).submit(user_id, "puk_u1_l1")
        await Calls(channel).board(consistency_token=answer.consistency_token)
    async with (
        Redis.from_url(settings.redis_url) as redis,
        serving(
            "serve",
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            redis_prefix=settings.redis_prefix,
            # What is broken here must not be found and mended by itself.
            verify_per_s=0,
            drain_timeout_s=0.2,
        ) as server,
    ):
        yield Stage(server, sql, Board(redis, settings.redis_prefix))


def events(output: str, name: str = "") -> list[Json]:
    """All lines of an output, each of which must be JSON; or those with one key."""
    lines: list[Json] = [orjson.loads(line) for line in output.splitlines()]
    return [line[name] for line in lines if name in line] if name else lines


def on_a_terminal(*words: str) -> tuple[int, str]:
    """The exit code and the output of a command that writes to a terminal, without its colours."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [COMMAND, *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)

    parts: list[bytes] = []
    try:
        while part := os.read(ours, 4096):
            parts.append(part)
    except OSError:
        pass  # how Linux says that nobody writes any more
    os.close(ours)
    output = b"".join(parts).decode()
    return process.wait(20), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)


async def test_a_clean_audit_exits_0_and_ends_with_a_summary(stage: Stage) -> None:
    code, output = await ended("audit", listen=stage.address)

    assert code == 0
    *before, last = events(output)
    assert last == {
        "summary": {"entries": 2, "learners": 50, "members": 2, "findings": 0, "mended": 0}
    }
    assert [line["progress"]["phase"] for line in before] == [
        "AUDIT_PHASE_LEDGER",
        "AUDIT_PHASE_LEARNERS",
        "AUDIT_PHASE_BOARD",
    ]


async def test_a_finding_exits_1_also_when_it_is_repaired(stage: Stage) -> None:
    await stage.wrong_score()
    key, rank_key = await stage.learner("scout-001")
    finding = {
        "kind": "FINDING_KIND_BOARD_SCORE",
        "user_id": "scout-001",
        "subject": member(key),
        "expected": str(rank_key),
        "found": str(rank_key - 1),
    }

    looked = await ended("audit", listen=stage.address)
    repaired = await ended("audit", "--repair", listen=stage.address)
    again = await ended("audit", listen=stage.address)

    assert [looked[0], repaired[0], again[0]] == [1, 1, 0]
    assert events(looked[1], "finding") == events(repaired[1], "finding") == [finding]
    assert events(again[1], "finding") == []
    mended = [events(output, "summary")[0]["mended"] for _, output in (looked, repaired, again)]
    assert mended == [0, 1, 0]


async def test_one_learner_is_audited_alone(stage: Stage) -> None:
    await stage.wrong_score()

    one = await ended("audit", "--user", "scout-001", listen=stage.address)
    other = await ended("audit", "--user", "scout-002", listen=stage.address)
    repaired = await ended("audit", "--user", "scout-001", "--repair", listen=stage.address)
    again = await ended("audit", "--user", "scout-001", listen=stage.address)

    assert [one[0], other[0], repaired[0], again[0]] == [1, 0, 1, 0]
    assert [finding["user_id"] for finding in events(one[1], "finding")] == ["scout-001"]
    clean = {"summary": {"learners": 1, "findings": 0, "mended": 0}}
    assert events(other[1]) == events(again[1]) == [clean]
    assert events(one[1])[-1]["summary"] == {"learners": 1, "findings": 1, "mended": 0}
    assert events(repaired[1])[-1]["summary"] == {"learners": 1, "findings": 1, "mended": 1}


async def test_no_board_is_built_for_what_no_board_can_repair(stage: Stage) -> None:
    await stage.sql.execute("UPDATE users SET version = 7 WHERE user_id = 'scout-001'")
    before = await stage.board.generation()

    one = await ended("audit", "--user", "scout-001", "--repair", listen=stage.address)
    everything = await ended("audit", "--repair", listen=stage.address)

    assert (one[0], everything[0]) == (1, 1)
    assert await stage.board.generation() == before


async def test_a_rebuild_puts_another_board_in_use(stage: Stage) -> None:
    before = await stage.board.generation()

    code, output = await ended("rebuild", listen=stage.address)

    assert code == 0
    assert events(output)[-1] == {"learners": 2, "share": 1.0, "in_use": True}
    assert await stage.board.generation() not in ("", before)


async def test_what_cannot_be_done_exits_2_with_one_line_that_says_why(stage: Stage) -> None:
    address = free_address()
    for words in (("audit",), ("audit", "--user", "scout-001"), ("rebuild",)):
        assert await ended(*words, listen=address) == (
            2,
            f"Error: no Laurels answers at {address}; see LAURELS_LISTEN or --listen\n",
        )
    assert await ended("audit", listen="nowhere") == (
        2,
        "Error: LAURELS_LISTEN is wrong: must be ADDRESS:PORT, got 'nowhere'\n",
    )


async def test_a_learner_who_is_not_there_is_a_refusal_as_to_other_commands(stage: Stage) -> None:
    assert await ended("audit", "--user", "nobody", listen=stage.address) == (
        1,
        "Error: LEARNER_NOT_FOUND: no learner 'nobody'; register it with UserService.UpsertUsers\n",
    )


async def test_a_second_audit_is_told_to_wait(stage: Stage) -> None:
    await much_is_wrong(stage.sql)
    async with grpc.aio.insecure_channel(stage.address, options=SMALL_WINDOW) as channel:
        first = Calls(channel).audit.AuditAll(AuditAllRequest())
        # And then no more: it has to wait for us.
        await first.read()
        second = await ended("audit", listen=stage.address)
        first.cancel()

    assert second == (
        2,
        "Error: RESOURCE_EXHAUSTED: an audit is under way in this server; wait for its end\n",
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_an_audit_whose_server_ends_in_the_middle_exits_2(
    stage: Stage, number: signal.Signals
) -> None:
    await much_is_wrong(stage.sql)
    async with started("audit", listen=stage.address) as audit:
        await audit.until_logged('"finding"')
        stage.server.send(number)

        assert await audit.exit_code() == 2
        assert audit.log.splitlines()[-1] == (
            f"Error: the server at {stage.address} went away before the end; try again"
        )
    assert await stage.server.exit_code() == (0 if number is signal.SIGTERM else -number)
    assert "Traceback" not in stage.server.log


async def test_an_interrupted_audit_exits_2_and_leaves_room_for_another(stage: Stage) -> None:
    await much_is_wrong(stage.sql)
    async with started("audit", listen=stage.address) as audit:
        await audit.until_logged('"finding"')
        audit.send(signal.SIGINT)

        assert await audit.exit_code() == 2
        assert audit.log.splitlines()[-1] == "Error: interrupted before the end"
        assert "Traceback" not in audit.log
    await stage.sql.execute("DELETE FROM users WHERE version = 1 AND total_xp = 0")
    assert (await ended("audit", listen=stage.address))[0] == 0


async def test_people_see_a_bar_and_words_and_no_json(stage: Stage) -> None:
    listen = ("--listen", stage.address)
    clean = await asyncio.to_thread(on_a_terminal, "audit", *listen)
    assert clean[0] == 0
    assert re.search(r"learners +\[#+\] +100%", clean[1])
    assert "2 ledger entries, 50 learners, 2 on the board:\r\neverything adds up\r\n" in clean[1]

    await stage.wrong_score()
    await stage.board.put("\x1b[2Jintruder", 1)
    key, rank_key = await stage.learner("scout-001")
    found = await asyncio.to_thread(on_a_terminal, "audit", "--repair", *listen)
    assert found[0] == 1
    assert (
        f"BOARD_SCORE           scout-001 {member(key)}: "
        f"expected {rank_key}, found {rank_key - 1}\r\n"
    ) in found[1]
    assert (
        "BOARD_EXTRA           ?[2Jintruder: "
        "expected no place, found a member that is no learner's key\r\n"
    ) in found[1]
    assert re.search(r"repair +\[#+\] +100%", found[1])
    assert found[1].endswith("2 findings, 2 mended\r\n")

    one = await asyncio.to_thread(on_a_terminal, "audit", "--user", "scout-001", *listen)
    assert one == (0, "everything adds up\r\n")
    built = await asyncio.to_thread(on_a_terminal, "rebuild", *listen)
    assert built[0] == 0
    assert re.search(r"rebuild +\[#+\] +100%", built[1])
    assert built[1].endswith("a new board of 2 learners is in use\r\n")
    for _, output in (clean, found, one, built):
        assert "{" not in output


async def test_the_help_tells_what_exit_codes_mean() -> None:
    code, output = await ended("audit", "--help")
    told = " ".join(output.split())
    assert code == 0
    assert "Exits 0 when everything adds up, 1 on any finding, mended or not, or where" in told
    code, output = await ended("rebuild", "--help")
    assert code == 0
    assert "Exits 2 when it could not be done" in " ".join(output.split())
