"""`laurels submit`, `board`, `standing` and `entries`, as scripts call them."""

import asyncio
import signal
import socket
from typing import Any

import click
import orjson
import pytest

from laurels.v1.leaderboard_service_pb2 import GetLeaderboardResponse, GetStandingResponse
from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from laurels.v1.xp_service_pb2 import ListXpEntriesResponse, XpEntry
from laurels_server.app import App
from laurels_server.cli import main
from tests.calls import Calls
from tests.e2e.process import ended, free_address, started
from tests.sql import Sql

LEVEL = "puk_u1_l1"


async def document(*words: str, listen: str) -> dict[str, Any]:
    """The one JSON document that a command prints."""
    code, output = await ended(*words, "--json", listen=listen)
    assert code == 0, output
    return orjson.loads(output)


def names(message: Any) -> list[str]:
    return [field.name for field in message.DESCRIPTOR.fields]


async def test_an_attempt_is_told_in_a_sentence(app: App) -> None:
    first = await ended("submit", "scout-001", LEVEL, "--request-id", "try-1", listen=app.address)
    again = await ended("submit", "scout-001", LEVEL, "--request-id", "try-1", listen=app.address)
    failed = await ended("submit", "scout-002", LEVEL, "--correct", "4", listen=app.address)

    told = "scout-001 passed puk_u1_l1: 15 XP earned, 15 in all; unlocked puk_u1_l2"
    assert first == (0, f"{told}\n")
    assert again == (0, f"{told} (booked before; nothing was counted twice)\n")
    assert failed == (0, "scout-002 tried puk_u1_l1: 0 XP earned, 0 in all\n")


async def test_what_is_submitted_is_what_the_flags_say(app: App, sql: Sql) -> None:
    words = ("--correct", "3", "--total", "7", "--score", "43", "--seconds", "90")
    told = await document("submit", "scout-001", LEVEL, *words, listen=app.address)

    assert list(told) == names(SubmitProgressResponse)
    assert (told["correct_answers"], told["total_questions"], told["score"]) == (3, 7, 43)
    assert (told["passed"], told["status"]) == (False, "PROGRESS_STATUS_IN_PROGRESS")
    assert await sql.fetchval("SELECT time_spent_seconds FROM progress") == 90
    assert await sql.fetchval("SELECT request_id FROM submissions") == told["request_id"]


async def test_a_page_of_the_board_is_lines_with_tabs_between_or_one_document(
    app: App, calls: Calls
) -> None:
    for user_id in ("scout-001", "scout-002", "scout-003"):
        answer = await calls.submit(user_id, LEVEL)
    after = ("--after", answer.consistency_token)
    page = await document("board", "-n", "2", *after, listen=app.address)

    assert list(page) == names(GetLeaderboardResponse)
    assert [entry["user_id"] for entry in page["entries"]] == ["scout-003", "scout-002"]
    rest = await document("board", "--page-token", page["next_page_token"], listen=app.address)
    assert [entry["user_id"] for entry in rest["entries"]] == ["scout-001"]
    minute = rest["entries"][0]["reached_at"][:16]
    code, output = await ended("board", "--from", "3", *after, listen=app.address)
    assert (code, output) == (0, f"3\t1\t15\t{minute}Z\tscout-001\tScout 001\n")


async def test_a_standing_has_its_neighbours_and_none_is_no_error(app: App, calls: Calls) -> None:
    for user_id in ("scout-001", "scout-002", "scout-003"):
        answer = await calls.submit(user_id, LEVEL)
    after = ("--after", answer.consistency_token)
    told, (code, output), nowhere = await asyncio.gather(
        document("standing", "scout-002", *after, listen=app.address),
        ended("standing", "scout-002", "--neighbors", "1", *after, listen=app.address),
        document("standing", "scout-009", listen=app.address),
    )

    assert list(told) == names(GetStandingResponse)
    assert [told["entry"]["position"], told["total_entries"]] == [2, 3]
    assert code == 0
    assert [line.split("\t")[4] for line in output.splitlines()] == [
        "scout-003",
        "scout-002",
        "scout-001",
    ]
    assert (nowhere["placed"], nowhere["entry"]["reached_at"]) == (False, None)


async def test_a_ledger_is_listed_newest_first(app: App, calls: Calls) -> None:
    await calls.submit("scout-001", LEVEL, request_id="one")
    await calls.submit("scout-001", "puk_u1_l2", request_id="two")
    told, (code, output) = await asyncio.gather(
        document("entries", "scout-001", "-n", "1", listen=app.address),
        ended("entries", "scout-001", listen=app.address),
    )

    assert list(told) == names(ListXpEntriesResponse)
    assert list(told["entries"][0]) == names(XpEntry)
    assert told["entries"][0]["request_id"] == "two"
    assert told["next_page_token"]
    assert code == 0
    rows = [line.split("\t") for line in output.splitlines()]
    assert [row[1:4] + row[5:6] for row in rows] == [
        ["+15", "30", "LEVEL", "training puk_u1_l2"],
        ["+15", "15", "LEVEL", "training puk_u1_l1"],
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("submit", "scout-001", "puk_u1_l2"),
            "LEVEL_LOCKED: level 'puk_u1_l2' is locked; complete first: puk_u1_l1",
        ),
        (
            ("standing", "nobody"),
            "LEARNER_NOT_FOUND: no learner 'nobody'; register it with UserService.UpsertUsers",
        ),
        (
            ("entries", "nobody"),
            "LEARNER_NOT_FOUND: no learner 'nobody'; register it with UserService.UpsertUsers",
        ),
    ],
)
async def test_a_refusal_exits_1_with_its_reason(
    app: App, words: tuple[str, ...], said: str
) -> None:
    assert await ended(*words, listen=app.address) == (1, f"Error: {said}\n")


async def test_a_server_that_does_not_answer_exits_2() -> None:
    address = free_address()
    calls = (("board",), ("standing", "scout-001"), ("entries", "scout-001"))
    top = (("top",), ("top", "--once"), ("top", "--json"))
    said = f"Error: no Laurels answers at {address}; see LAURELS_LISTEN or --listen\n"
    told = await asyncio.gather(*(ended(*words, listen=address) for words in (*calls, *top)))
    assert set(told) == {(2, said)}


async def test_when_nobody_can_tell_the_error_has_the_request_id_to_repeat() -> None:
    words = ("submit", "scout-001", LEVEL, "--request-id", "try-1", "--timeout", "0.5")
    code, output = await ended(*words, listen=free_address())
    assert code == 2
    assert output.endswith(
        "; nobody can tell whether it was booked: repeat it with --request-id try-1\n"
    )
    assert output.count("\n") == 1


async def test_an_attempt_that_is_interrupted_can_be_repeated_under_its_id() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        words = ("submit", "scout-001", LEVEL, "--request-id", "try-1")
        async with started(*words, listen=address) as submit:
            connection, _ = await asyncio.to_thread(mute.accept)
            with connection:
                submit.send(signal.SIGINT)
                assert await submit.exit_code() == 2
            assert submit.log == (
                "Error: interrupted before the answer; nobody can tell whether it was booked: "
                "repeat it with --request-id try-1\n"
            )


async def test_no_time_is_told_as_such(app: App) -> None:
    code, output = await ended("board", "--timeout", "0.000001", listen=app.address)
    assert code == 2
    assert output.startswith("Error: DEADLINE_EXCEEDED: ")


@pytest.mark.parametrize("words", [("board", "-n", "0"), ("submit", "scout-001"), ("bord",)])
async def test_words_that_make_no_sense_exit_2(words: tuple[str, ...]) -> None:
    code, output = await ended(*words)
    assert code == 2
    assert "Error: " in output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["simulate", "--rate", "nan"], "'nan' is no number"),
        (["simulate", "--seconds", "nan"], "'nan' is no number"),
        (["top", "--interval", "nan"], "'nan' is no number"),
        (["board", "--timeout", "nan"], "'nan' is no number"),
        (["submit", "scout-001", "puk_u1_l1", "--request-id", ""], "must not be empty"),
        (["simulate", "--class", ""], "'--class': must be 1-122 printable ASCII characters"),
        (["simulate", "--class", "a b"], "'--class': must be 1-122 printable ASCII characters"),
        (["simulate", "--class", "a" * 123], "'--class': must be 1-122 printable ASCII characters"),
    ],
)
async def test_words_that_mean_nothing_are_refused_in_a_sentence(
    words: list[str], told: str
) -> None:
    code, output = await ended(*words)
    assert code == 2
    assert output.count(told) == 1
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("words", "limits"),
    [
        (("board", "--limit"), "1<=x<=1000"),
        (("board", "--from"), "1<=x<=2147483647"),
        (("entries", "scout-001", "--limit"), "1<=x<=1000"),
        (("standing", "scout-001", "--neighbors"), "0<=x<=50"),
        (("top", "--limit"), "1<=x<=1000"),
        (("submit", "scout-001", LEVEL, "--score"), "0<=x<=2147483647"),
        (("submit", "scout-001", LEVEL, "--total"), "1<=x<=10000"),
        (("submit", "scout-001", LEVEL, "--correct"), "0<=x<=10000"),
        (("submit", "scout-001", LEVEL, "--seconds"), "0<=x<=31536000"),
        (("simulate", "--learners"), "1<=x<=10000"),
        (("simulate", "--rate"), "0<x<=10000"),
    ],
)
def test_a_number_that_no_server_takes_names_the_flag_and_its_range(
    words: tuple[str, ...], limits: str
) -> None:
    name, *rest = words
    command = main.get_command(click.Context(main), name)
    assert command is not None
    for number in ("-1", "99999999999", "9" * 30):
        with pytest.raises(click.BadParameter) as refused:
            command.make_context(name, [*rest, number])
        assert refused.value.param is not None
        assert words[-1] in refused.value.param.opts
        assert f"is not in the range {limits}." in refused.value.message


async def test_the_largest_numbers_are_taken(app: App) -> None:
    largest = ("--score", "2147483647", "--total", "10000", "--seconds", "31536000")
    told = await document("submit", "scout-001", LEVEL, *largest, listen=app.address)
    assert (told["score"], told["total_questions"]) == (2147483647, 10000)
    page = await document("board", "--from", "2147483647", listen=app.address)
    assert page["entries"] == []
