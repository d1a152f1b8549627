"""An audit of learners whose rows take PostgreSQL longer than a statement may take."""

import grpc
import pytest

from laurels_server.config import Settings
from tests.calls import Calls, refusal
from tests.contract.audits import audit_all, audit_user, until_in_step
from tests.sql import Sql


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the verifier, which would be slow too."""
    return settings.model_copy(update={"verify_per_s": 0})


async def make_slow(sql: Sql, seconds_a_level: float) -> None:
    """From here on a level takes so long to read; a statement may take three seconds."""
    await sql.execute(f"""
        CREATE FUNCTION held_up(paid integer) RETURNS integer LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep({seconds_a_level}); RETURN paid; END';
        ALTER TABLE progress RENAME TO fast_progress;
        CREATE VIEW progress AS SELECT learner_key, level_id, held_up(xp_paid) AS xp_paid
                                  FROM fast_progress
    """)


async def test_too_many_for_one_statement_are_audited_in_parts(calls: Calls, sql: Sql) -> None:
    for user_id in ("scout-001", "scout-002", "scout-049", "scout-050"):
        await calls.submit(user_id, "puk_u1_l1")
    await sql.execute("UPDATE progress SET xp_paid = xp_paid + 1")
    await until_in_step(calls)
    expected = await audit_all(calls)

    await make_slow(sql, 0.9)
    audited = await audit_all(calls)

    assert len(expected.findings) == 4
    assert audited.findings == expected.findings
    assert audited.summary.learners == expected.summary.learners == 50


async def test_a_learner_who_alone_takes_too_long_is_no_endless_audit(
    calls: Calls, sql: Sql
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await make_slow(sql, 3.2)

    refused = await refusal(audit_user(calls, "scout-001"))

    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert "single learner" in refused.message
