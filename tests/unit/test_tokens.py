from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels_server.domain.errors import InvalidConsistencyToken, InvalidPageToken
from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.rpc.tokens import (
    consistency_token,
    page_token,
    read_consistency_token,
    read_page_token,
)

SCOPE = ("ListLevels", True)
LIMITS = (2**31 - 1, str)
POINT = LedgerPoint(7, datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))


def test_a_page_token_gives_back_its_key() -> None:
    assert read_page_token(page_token(SCOPE, (3, "knot")), SCOPE, LIMITS) == [3, "knot"]


@given(st.text(max_size=80))
def test_any_other_text_is_no_page_token(text: str) -> None:
    with pytest.raises(InvalidPageToken):
        read_page_token(text, SCOPE, LIMITS)


@pytest.mark.parametrize(
    "foreign",
    [
        page_token(("ListLevels", False), (3, "knot")),
        page_token(("ListProgress", "ada"), (3, "knot")),
        page_token(SCOPE, (3,)),
        page_token(SCOPE, ("3", "knot")),
        page_token(SCOPE, (-1, "knot")),
        page_token(SCOPE, (2**31, "knot")),
        page_token(SCOPE, (3, 4)),
        page_token(SCOPE, (True, "knot")),
        page_token(SCOPE, (3, "knot")) + "=",
        page_token(SCOPE, (3, "k" * 2000)),
    ],
)
def test_a_token_of_another_walk_or_with_another_key_is_refused(foreign: str) -> None:
    with pytest.raises(InvalidPageToken):
        read_page_token(foreign, SCOPE, LIMITS)


@pytest.mark.parametrize("point", [POINT, LEDGER_START])
def test_a_consistency_token_gives_back_its_point(point: LedgerPoint) -> None:
    token = consistency_token(point)

    assert read_consistency_token(token) == point
    assert len(token) <= 64


def test_no_consistency_token_asks_for_nothing() -> None:
    assert read_consistency_token("") is None


@given(st.text(min_size=1, max_size=40))
def test_any_other_text_is_no_consistency_token(text: str) -> None:
    with pytest.raises(InvalidConsistencyToken):
        read_consistency_token(text)


def test_a_consistency_token_of_another_version_is_refused() -> None:
    token = consistency_token(POINT)

    with pytest.raises(InvalidConsistencyToken):
        read_consistency_token("B" + token[1:])
