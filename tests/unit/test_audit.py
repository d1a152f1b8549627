from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laurels.v1 import audit_service_pb2 as pb
from laurels_server.domain.audit import (
    ABOUT_BOARD,
    AccountFacts,
    Finding,
    FindingKind,
    Phase,
    account_findings,
    place_finding,
)
from laurels_server.rpc.operator import about_board

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOON_SPELLED = "2026-01-01T12:00:00Z"

WHOLE = AccountFacts(
    user_id="ada",
    total_xp=30,
    version=2,
    reached_at=NOON,
    ledger_sum=30,
    entries=2,
    moved_at=NOON,
    wrong_entry=None,
)


def test_every_kind_is_in_the_contract_and_the_other_way_round() -> None:
    kinds = {name.removeprefix("FINDING_KIND_") for name in pb.FindingKind.keys()}  # noqa: SIM118
    phases = {name.removeprefix("AUDIT_PHASE_") for name in pb.AuditPhase.keys()}  # noqa: SIM118

    assert kinds == {kind.value for kind in FindingKind} | {"UNSPECIFIED"}
    assert phases == {phase.value for phase in Phase} | {"UNSPECIFIED"}


def test_the_command_line_knows_which_kinds_are_about_the_board() -> None:
    for kind in FindingKind:
        told = {"kind": f"FINDING_KIND_{kind.value}"}
        assert about_board([told]) == (kind in ABOUT_BOARD)
    assert about_board([{"kind": f"FINDING_KIND_{kind.value}"} for kind in FindingKind]) == 4


def test_an_account_that_adds_up_has_no_finding() -> None:
    assert account_findings(WHOLE) == []
    assert account_findings(AccountFacts("ada", 0, 0, None, 0, 0, None, None)) == []


@pytest.mark.parametrize(
    ("facts", "kind", "subject", "expected", "found"),
    [
        (replace(WHOLE, total_xp=31), FindingKind.TOTAL, "", "30", "31"),
        (replace(WHOLE, version=3), FindingKind.ENTRY_COUNT, "", "2", "3"),
        (
            replace(WHOLE, reached_at=None),
            FindingKind.REACHED_AT,
            "",
            "2026-01-01T12:00:00Z",
            "never",
        ),
        (
            replace(WHOLE, moved_at=None),
            FindingKind.REACHED_AT,
            "",
            "never",
            "2026-01-01T12:00:00Z",
        ),
        (replace(WHOLE, wrong_entry=(7, 15, 20)), FindingKind.RUNNING_TOTAL, "7", "15", "20"),
    ],
)
def test_each_fact_that_differs_is_one_finding(
    facts: AccountFacts, kind: FindingKind, subject: str, expected: str, found: str
) -> None:
    assert account_findings(facts) == [Finding(kind, "ada", subject, expected, found)]


def test_facts_that_differ_together_are_told_together() -> None:
    facts = replace(WHOLE, total_xp=1, version=1, reached_at=None, wrong_entry=(7, 15, 20))

    assert [finding.kind for finding in account_findings(facts)] == [
        FindingKind.TOTAL,
        FindingKind.ENTRY_COUNT,
        FindingKind.REACHED_AT,
        FindingKind.RUNNING_TOTAL,
    ]


@pytest.mark.parametrize(
    ("expected", "found", "kind"),
    [
        (5, None, FindingKind.BOARD_MISSING),
        (None, "5", FindingKind.BOARD_EXTRA),
        (5, "5.5", FindingKind.BOARD_SCORE),
    ],
)
def test_a_place_is_missing_too_much_or_another(
    expected: int | None, found: str | None, kind: FindingKind
) -> None:
    finding = place_finding("ada", "0001", expected, found)

    assert finding == Finding(kind, "ada", "0001", str(expected or "no place"), found or "no place")
