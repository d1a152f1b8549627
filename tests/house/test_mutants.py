"""The list of breaks stays true to the source, and catches: `make mutants` runs all of it."""

import pytest

from tests.mutants.catalog import MUTANTS
from tests.mutants.mutant import Mutant, judge

_QUICK = {"other content under a known request_id is taken for a repeat"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_break_can_still_be_made(mutant: Mutant) -> None:
    assert mutant.applied()


def test_names_are_unique() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(
    "mutant", [m for m in MUTANTS if m.name in _QUICK], ids=lambda mutant: mutant.name
)
def test_a_broken_guard_is_caught(mutant: Mutant) -> None:
    assert judge(mutant).caught_by


def test_without_a_break_nothing_is_caught() -> None:
    harmless = Mutant(
        "harmless",
        "domain/xp.py",
        '"""What an attempt is worth."""',
        '"""Worth."""',
        ["tests/unit/test_ranking.py"],
    )
    assert not judge(harmless).caught_by
