"""What an audit looks for, and what it has found."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class FindingKind(StrEnum):
    """What is wrong; documented with the proto enum of the same name."""

    LEDGER_GAP = "LEDGER_GAP"
    LEDGER_ORDER = "LEDGER_ORDER"
    ENTRY_WITHOUT_LEARNER = "ENTRY_WITHOUT_LEARNER"
    TOTAL = "TOTAL"
    RUNNING_TOTAL = "RUNNING_TOTAL"
    ENTRY_COUNT = "ENTRY_COUNT"
    REACHED_AT = "REACHED_AT"
    LEVEL_PAID = "LEVEL_PAID"
    BOARD_SCORE = "BOARD_SCORE"
    BOARD_MISSING = "BOARD_MISSING"
    BOARD_EXTRA = "BOARD_EXTRA"
    BOARD_AWAY = "BOARD_AWAY"


ABOUT_BOARD = frozenset(
    {
        FindingKind.BOARD_SCORE,
        FindingKind.BOARD_MISSING,
        FindingKind.BOARD_EXTRA,
        FindingKind.BOARD_AWAY,
    }
)
"""Findings that a rebuild of the projection mends; all others are about the truth itself."""


NO_PLACE = "no place"
"""What stands for a score where there is or should be none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `user_id` and `subject` are empty where it is about none."""

    kind: FindingKind
    user_id: str
    subject: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A learner's account as stored, and what its ledger entries come to."""

    user_id: str
    total_xp: int
    version: int
    reached_at: datetime | None
    ledger_sum: int
    entries: int
    moved_at: datetime | None
    wrong_entry: tuple[int, int, int] | None
    """The first entry whose total_after is not the sum up to it: seq, that sum, total_after."""


@dataclass(frozen=True, slots=True)
class LevelFacts:
    """A level of a learner, what progress says it has paid, and what the ledger booked for it."""

    user_id: str
    level_id: str
    paid: int
    booked: int


def account_findings(facts: AccountFacts) -> list[Finding]:
    """What is wrong with an account."""
    findings: list[Finding] = []

    def compare(kind: FindingKind, expected: object, found: object, subject: str = "") -> None:
        if expected != found:
            findings.append(Finding(kind, facts.user_id, subject, _words(expected), _words(found)))

    compare(FindingKind.TOTAL, facts.ledger_sum, facts.total_xp)
    compare(FindingKind.ENTRY_COUNT, facts.entries, facts.version)
    compare(FindingKind.REACHED_AT, facts.moved_at, facts.reached_at)
    if facts.wrong_entry is not None:
        seq, running, total_after = facts.wrong_entry
        compare(FindingKind.RUNNING_TOTAL, running, total_after, str(seq))
    return findings


def _words(value: object) -> str:
    if isinstance(value, datetime):
        return spelled(value)
    return "never" if value is None else str(value)


def spelled(moment: datetime) -> str:
    """A time as findings tell it: RFC 3339 in UTC, like all times of the API."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def stray_finding(learner_key: int, first_seq: int) -> Finding:
    """Entries of a learner that nobody is, told by the first of them."""
    return Finding(
        FindingKind.ENTRY_WITHOUT_LEARNER,
        "",
        str(first_seq),
        "a learner",
        f"nobody with key {learner_key}",
    )


def level_finding(facts: LevelFacts) -> Finding:
    """A level whose payment and ledger disagree."""
    return Finding(
        FindingKind.LEVEL_PAID, facts.user_id, facts.level_id, str(facts.booked), str(facts.paid)
    )


def place_finding(user_id: str, member: str, expected: int | None, found: str | None) -> Finding:
    """A member of the board whose score is not the rank key it should be; None is no place."""
    if found is None:
        kind = FindingKind.BOARD_MISSING
    elif expected is None:
        kind = FindingKind.BOARD_EXTRA
    else:
        kind = FindingKind.BOARD_SCORE
    wanted = NO_PLACE if expected is None else str(expected)
    return Finding(kind, user_id, member, wanted, NO_PLACE if found is None else found)


class Phase(StrEnum):
    """What an audit is busy with."""

    LEDGER = "LEDGER"
    LEARNERS = "LEARNERS"
    BOARD = "BOARD"
    REPAIR = "REPAIR"


@dataclass(frozen=True, slots=True)
class Checked:
    """How much an audit has looked at."""

    entries: int = 0
    learners: int = 0
    members: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audit is; `share` of the phase is 0..1, an estimate."""

    phase: Phase
    share: float
    checked: Checked


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of an audit. `mended` of the findings no longer hold after a repair."""

    checked: Checked
    findings: int
    mended: int
