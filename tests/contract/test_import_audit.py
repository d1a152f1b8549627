"""What an audit holds an imported learner to: the OPENING entry, and the levels it stands for."""

from pathlib import Path

import asyncpg
import pytest

from laurels.v1.xp_service_pb2 import ListXpEntriesRequest, ReverseXpEntryRequest
from laurels_server.config import Settings
from laurels_server.postgres.imports import staging
from laurels_server.usecases.importing import Import
from tests.calls import Calls
from tests.contract.audits import audit_user, until_in_step
from tests.sql import Sql

OPENED = "2024-03-01T10:00:00Z"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the verifier, which would find it first."""
    return settings.model_copy(update={"verify_per_s": 0})


@pytest.fixture
async def imported(tmp_path: Path, settings: Settings, calls: Calls) -> Calls:
    """Ann came with 45 XP, 15 of them for a level."""
    users, progress = tmp_path / "users.csv", tmp_path / "progress.csv"
    users.write_text("user_id,total_xp,reached_at\nann,45,2024-03-01T10:00:00Z\n")
    progress.write_text(
        "user_id,level_id,xp_paid,completed_at\nann,puk_u1_l1,15,2024-01-01T00:00:00Z\n"
    )
    async with staging(settings.database_url) as staged:
        summary = await Import(staged, users, progress, lambda _: None).run(
            dry_run=False, skip_bad=False
        )
    assert (summary.learners, summary.findings) == (1, 0)
    await until_in_step(calls)
    return calls


BREAKAGES = (
    (
        """UPDATE xp_entries SET details = '{"levels": {"puk_u1_l1": 14}}'""",
        [("LEVEL_PAID", "ann", "puk_u1_l1", "14", "15")],
    ),
    (
        """UPDATE xp_entries SET details = '{"levels": {"puk_u1_l1": 15, "puk_u1_l2": 1}}'""",
        [("LEVEL_PAID", "ann", "puk_u1_l2", "1", "0")],
    ),
    (
        "UPDATE xp_entries SET details = '{}'",
        [("LEVEL_PAID", "ann", "puk_u1_l1", "0", "15")],
    ),
    (
        """UPDATE xp_entries SET details = '{"levels": "none"}'""",
        [("LEVEL_PAID", "ann", "puk_u1_l1", "0", "15")],
    ),
    (
        """UPDATE xp_entries SET details = '{"levels": {"puk_u1_l1": 1e99}}'""",
        [("LEVEL_PAID", "ann", "puk_u1_l1", "0", "15")],
    ),
    (
        "UPDATE progress SET xp_paid = 16",
        [("LEVEL_PAID", "ann", "puk_u1_l1", "15", "16")],
    ),
    (
        """UPDATE xp_entries SET details = '{"levels": {"puk_u1_l1": 14.6}}'""",
        [("LEVEL_PAID", "ann", "puk_u1_l1", "0", "15")],
    ),
    (
        """UPDATE xp_entries SET details = '{"levels": {"puk_u1_l1": 46}}';
        UPDATE progress SET xp_paid = 46""",
        [("LEVEL_PAID", "ann", "", "45", "46")],
    ),
    ("DELETE FROM progress", [("LEVEL_PAID", "ann", "puk_u1_l1", "15", "0")]),
    (
        "UPDATE xp_entries SET amount = 46, total_after = 46",
        [("TOTAL", "ann", "", "46", "45")],
    ),
    (
        "UPDATE xp_entries SET counts_at = counts_at + interval '1 hour'",
        [("REACHED_AT", "ann", "", "2024-03-01T11:00:00Z", OPENED)],
    ),
    (
        "UPDATE users SET reached_at = reached_at - interval '1 hour' WHERE user_id = 'ann'",
        [("REACHED_AT", "ann", "", OPENED, "2024-03-01T09:00:00Z")],
    ),
)


@pytest.mark.parametrize(("statement", "findings"), BREAKAGES)
async def test_what_does_not_follow_from_an_opening_is_found(
    imported: Calls, sql: Sql, statement: str, findings: list[tuple[str, ...]]
) -> None:
    assert await audit_user(imported, "ann") == []
    await sql.execute(statement)
    assert await audit_user(imported, "ann") == findings


async def test_an_opening_can_be_taken_back_and_levels_stay_paid(imported: Calls) -> None:
    (opening,) = (await imported.xp.ListXpEntries(ListXpEntriesRequest(user_id="ann"))).entries
    back = await imported.xp.ReverseXpEntry(
        ReverseXpEntryRequest(
            request_id="back",
            user_id="ann",
            entry_id=opening.entry_id,
            reason="another learner's",
            actor="ada",
        )
    )
    again = await imported.submit("ann", "puk_u1_l1")

    assert (back.total_xp, again.xp_earned, again.total_xp) == (0, 0, 0)
    await until_in_step(imported)
    assert await audit_user(imported, "ann") == []


async def test_nobody_opens_twice(imported: Calls, sql: Sql) -> None:
    key = await sql.fetchval("SELECT learner_key FROM users WHERE user_id = 'ann'")
    with pytest.raises(asyncpg.UniqueViolationError, match="xp_entries_opening"):
        await sql.execute(
            "SELECT open_accounts(ARRAY[CAST($1 AS bigint)], ARRAY[5], ARRAY[CAST('{}' AS jsonb)],"
            " ARRAY[now()])",
            key,
        )
