"""Lines that `laurels import` cannot take, and what becomes of the others."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.imports import PROGRESS, USERS, Imports

GUIDE = Path(__file__).parents[2] / "docs" / "migrating.md"


BAD_USERS = (
    ("x,Name,-5,", "BAD_VALUE", "total_xp", "must be a whole number 0-536870911, not '-5'"),
    ("x,Name,536870912,", "BAD_VALUE", "total_xp", "0-536870911, not '536870912'"),
    ("x,Name,1_0,", "BAD_VALUE", "total_xp", "not '1_0'"),
    ("x,Name,,", "BAD_VALUE", "total_xp", "not ''"),
    ("x,Name,15.0,", "BAD_VALUE", "total_xp", "not '15.0'"),
    ("x y,Name,5,", "BAD_VALUE", "user_id", "printable ASCII characters without spaces"),
    (",Name,5,", "BAD_VALUE", "user_id", "is required"),
    ("x,Na\tme,5,", "BAD_VALUE", "display_name", "must not hold control characters"),
    (f"x,{'n' * 129},5,", "BAD_VALUE", "display_name", "must be at most 128 characters"),
    ("x,Name,5,2999-01-01T00:00:00Z", "BAD_VALUE", "reached_at", "is in the future"),
    ("x,Name,5,0001-01-01T00:00:00Z", "BAD_VALUE", "reached_at", "is before 1970"),
    ("x,Name,5,0001-01-01T00:00:00+23:59", "BAD_VALUE", "reached_at", "is before 1970"),
    ("x,Name,5,2024-01-01T00:00:00+16:00", "BAD_VALUE", "reached_at", "further from UTC"),
    ("x,Name,5,2024-01-01T00:00:00", "BAD_VALUE", "reached_at", "a time with a zone"),
    ("x,Name,5,2024-02-30T00:00:00Z", "BAD_VALUE", "reached_at", "is no time"),
    ("x,Name,5", "BAD_LINE", "", "the line has 3 columns, the header 4"),
    ("x,Na\0me,5,", "BAD_LINE", "", "holds a NUL byte"),
    (b"x,N\xe9,5,", "BAD_LINE", "", "is not UTF-8, at byte 4"),
    ("ann,Ann,45,", "DUPLICATE", "user_id", "an earlier line is about the same learner"),
)

BAD_PROGRESS = (
    ("ann,nowhere,5,2024-01-01T00:00:00Z", "UNKNOWN_LEVEL", "level_id", "'nowhere' is not in"),
    ("nobody,puk_u1_l1,5,2024-01-01T00:00:00Z", "UNKNOWN_LEARNER", "user_id", "is not in"),
    ("ann,puk_u1_l1,-1,2024-01-01T00:00:00Z", "BAD_VALUE", "xp_paid", "not '-1'"),
    ("ann,puk_u1_l1,5,", "BAD_VALUE", "completed_at", "is required, for the level paid 5 XP"),
    ("ann,puk_u1_l1,5,2999-01-01T00:00:00Z", "BAD_VALUE", "completed_at", "in the future"),
    (
        "ann,puk_u1_l1,5,2024-01-01T00:00:00Z,2147483648,,",
        "BAD_VALUE",
        "best_score",
        "0-2147483647",
    ),
    ("ann,puk_u1_l1,5,2024-01-01T00:00:00Z,,0,", "BAD_VALUE", "attempts", "1-1000000000, not '0'"),
    (
        "ann,puk_u1_l1,5,2024-01-01T00:00:00Z,,1000000001,",
        *("BAD_VALUE", "attempts", "not '1000000001'"),
    ),
    (
        "ann,puk_u1_l1,5,2024-01-01T00:00:00Z,,,1000000000001",
        *("BAD_VALUE", "time_spent_seconds", "must be a whole number 0-1000000000000"),
    ),
)

_COLUMNS = "user_id,level_id,xp_paid,completed_at,best_score,attempts,time_spent_seconds"


def _line(text: str | bytes) -> bytes:
    return (text if isinstance(text, bytes) else text.encode()) + b"\n"


async def test_every_bad_line_is_told_and_then_nothing_is_written(imports: Imports) -> None:
    users = USERS.encode() + b"".join(_line(text) for text, *_ in BAD_USERS)
    # What a line leaves out at its end is empty.
    progress = _line(_COLUMNS) + b"".join(
        _line(text + "," * (_COLUMNS.count(",") - text.count(","))) for text, *_ in BAD_PROGRESS
    )
    before = await imports.everything()

    summary, findings = await imports.json(users, progress)

    told = {(Path(f["file"]).name, f["line"]): f for f in findings}
    expected = [("users.csv", 6 + nth, *bad[1:]) for nth, bad in enumerate(BAD_USERS)]
    expected += [("progress.csv", 2 + nth, *bad[1:]) for nth, bad in enumerate(BAD_PROGRESS)]
    assert len(findings) == len(expected) == summary["findings"]
    for file, line, kind, field, words in expected:
        finding = told[file, line]
        assert (finding["kind"], finding["field"]) == (kind, field)
        assert words in finding["message"]
    assert not summary["written"]
    assert await imports.everything() == before


async def test_levels_that_paid_twice_or_more_than_the_total_are_told(imports: Imports) -> None:
    twice = PROGRESS + "ann,puk_u1_l1,15,80,2024-01-01T00:00:00Z\n"
    twice += "zoe,puk_u1_l1,1,80,2024-01-01T00:00:00Z\n"
    _, findings = await imports.json(USERS, twice)
    assert [(f["kind"], f["line"], f["user_id"]) for f in findings] == [
        ("LEVELS_EXCEED_TOTAL", 5, "zoe"),
        ("DUPLICATE", 6, "ann"),
    ]
    most = "user_id,level_id,xp_paid,completed_at\n"
    most += "ann,puk_u1_l1,536870911,2024-01-01T00:00:00Z\nann,puk_u1_l2,1,2024-01-01T00:00:00Z\n"
    _, findings = await imports.json(None, most)
    assert [(f["kind"], f["line"]) for f in findings] == [("LEVELS_EXCEED_TOTAL", 2)]
    assert findings[0]["message"] == "comes to 536870912 in all, more than 536870911"


async def test_the_guide_shows_what_is_told_of_bad_lines(imports: Imports) -> None:
    users = "user_id,total_xp,reached_at\nann,45,\nbob,-5,\ncleo,1,2026-01-25T09:30:00\ndan,10,\n"
    progress = "user_id,level_id,xp_paid,completed_at\n"
    for line in ("ann,puk_u1_l1", "ann,puk_u9_l9", "dan,puk_u1_l1", "eve,puk_u1_l1"):
        progress += f"{line},15,2025-01-01T00:00:00Z\n"

    _, lines = await imports.run(users, progress, "--dry-run")

    shown = re.search(r"^    users\.csv:3:.*\n(?:    .*\n)*", GUIDE.read_text(), re.MULTILINE)
    assert shown is not None
    assert lines == [line.strip() for line in shown[0].splitlines()]


async def test_skip_bad_leaves_out_learners_whole_and_imports_the_others(imports: Imports) -> None:
    code, lines = await imports.run(USERS, PROGRESS + "ann,nowhere,1,,\n", "--skip-bad")
    assert (code, lines) == (
        1,
        [
            "progress.csv:6: UNKNOWN_LEVEL: level_id 'nowhere' is not in the catalog (ann)",
            "learners: 3 with 2 levels imported",
            "1 left out for bad lines",
            "1 finding",
        ],
    )
    # Without the bad line the level would be paid again: so nothing of her is here.
    assert await imports.sql.fetchval("SELECT count(*) FROM users WHERE user_id = 'ann'") == 0
    await imports.adds_up()
    # Mended, the same files bring in who is missing.
    summary, _ = await imports.json(USERS, PROGRESS)
    assert (summary["learners"], summary["unchanged"]) == (1, 3)


CUT_OFF = (
    # The file, and whom its last line is about.
    ("user_id,level_id,xp_paid,completed_at\nann,puk_u1_l1,15\n", "BAD_LINE", "ann"),
    (
        '{"user_id":"ann","level_id":"puk_u1_l1","xp_paid":15.0,'
        '"completed_at":"2024-01-01T00:00:00Z"}\n',
        "BAD_VALUE",
        "ann",
    ),
    ('user_id,level_id,xp_paid,completed_at\nann,"puk_u1_l1,15,\n', "LEARNER_UNREADABLE", ""),
    ("level_id,user_id,xp_paid,completed_at\npuk_u1_l1,ann,15\n", "LEARNER_UNREADABLE", ""),
    ('{"user_id":"ann","level_id":"puk_\n', "LEARNER_UNREADABLE", ""),
)


@pytest.mark.parametrize(("progress", "kind", "whose"), CUT_OFF)
async def test_a_level_that_cannot_be_read_is_never_paid_again(
    imports: Imports, progress: str, kind: str, whose: str
) -> None:
    users = "user_id,total_xp\nann,30\nbob,5\n"

    summary, findings = await imports.json(users, progress, "--skip-bad")

    assert [(f["kind"], f["user_id"]) for f in findings] == [(kind, whose)]
    there = await imports.sql.fetch("SELECT user_id FROM users WHERE user_id IN ('ann', 'bob')")
    # Ann is left out whole; a level that may be anybody's leaves out everyone.
    assert [row["user_id"] for row in there] == (["bob"] if whose else [])
    assert summary["written"] == bool(whose)


_WRITTEN = 'user_id,total_xp,note\nann,1,"said ""hi"", and left"\n'
_LEVELS = "user_id,level_id,xp_paid,completed_at,note\n"

SWALLOWING = {
    # The file of learners or else of levels; its line 3 may hold what follows, about mallory.
    "a note with a line break": (_WRITTEN, '"hi\nmallory,99999,x\n"\n'),
    "a quote that nobody closes": (_WRITTEN, '"hi\nmallory,99999,x\n'),
    "open quotes on a line that is not UTF-8": (_WRITTEN, b'"h\xe9\nmallory,99999,x\n"\n'),
    "open quotes beside too few columns": (_WRITTEN, '1,2,3,"hi\nmallory,99999,x\n"\n'),
    "a quote that is closed by a backslash": (_WRITTEN, '"\\"hi\nmallory,99999,x\n"\n'),
    "a quote after a space": (_WRITTEN, ' "hi\nmallory,99999,x"\n'),
    "more than a line may hold": (_WRITTEN, '"' + "n" * 70_000 + "\nmallory,99999,x\n"),
    "a level's note": (
        _LEVELS,
        '2026-01-01T00:00:00Z,"\nmallory,puk_u1_l1,15,2026-01-01T00:00:00Z,\n"\n',
    ),
}


@pytest.mark.parametrize("case", SWALLOWING)
async def test_text_in_quotes_over_several_lines_never_pays_whom_it_names(
    imports: Imports, case: str
) -> None:
    head, tail = SWALLOWING[case]
    of_learners = head is _WRITTEN
    text = head.encode() + (b"bob1,10," if of_learners else b"bob1,puk_u1_l1,10,")
    text += tail if isinstance(tail, bytes) else tail.encode()
    line = 3 if of_learners else 2
    before = await imports.everything()

    files = (text, None) if of_learners else (None, text)
    summary, findings = await imports.json(*files, "--skip-bad")

    assert (findings[0]["kind"], findings[0]["line"]) == ("LEARNER_UNREADABLE", line)
    assert "nobody is imported" in findings[0]["message"]
    assert (summary["learners"], summary["written"]) == (0, False)
    assert await imports.everything() == before


async def test_quotes_that_match_are_read_as_they_are_written(imports: Imports) -> None:
    users = 'user_id,total_xp,display_name\r\nann,1,"Ann ""A"", first"\r\n"bob","2",""\r\n'
    assert await imports.run(users) == (0, ["learners: 2 with 0 levels imported"])
    assert await imports.sql.fetch(
        "SELECT user_id, total_xp, display_name FROM users WHERE total_xp > 0 ORDER BY 1"
    ) == [("ann", 1, 'Ann "A", first'), ("bob", 2, "")]


BAD_HEADERS = (
    (
        'user_id,"total_xp\nann,1\n"',
        "the line's quotes do not match; lines after it may be text in its quotes, so nobody is"
        " imported",
    ),
    ("", "there is no header"),
    ("user_id,xp\nann,1\n", "there is no column 'total_xp', only 'user_id', 'xp'"),
    ("user_id,total_xp,user_id\n", "the column 'user_id' is there twice"),
    (b"\xff\xfeu\0s\0", "the line is not UTF-8, at byte 1"),
)


async def test_a_file_without_its_columns_is_not_read(imports: Imports) -> None:
    async def told(nth: int, header: str | bytes) -> tuple[int, list[str]]:
        folder = imports.folder / str(nth)
        folder.mkdir()
        return await replace(imports, folder=folder).run(header, None, "--skip-bad")

    answers = await asyncio.gather(*(told(n, header) for n, (header, _) in enumerate(BAD_HEADERS)))

    assert answers == [
        (1, [f"users.csv:1: BAD_HEADER: {words}", "nothing was imported", "1 finding"])
        for _, words in BAD_HEADERS
    ]
