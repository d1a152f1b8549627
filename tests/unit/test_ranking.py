from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels_server.domain import ranking
from laurels_server.domain.standings import Name, number, percentile
from laurels_server.domain.xp import XP_MAX

xps = st.integers(0, XP_MAX)
moments = st.datetimes(
    datetime(2024, 1, 1),
    datetime(2056, 11, 1),
    timezones=st.just(UTC),
)


@given(xps, moments, xps, moments)
def test_more_xp_first_then_the_earlier_minute(
    xp: int, reached: datetime, other_xp: int, other_reached: datetime
) -> None:
    def minute(moment: datetime) -> datetime:
        return max(moment, ranking.EPOCH).replace(second=0, microsecond=0)

    mine = ranking.rank_key(xp, reached)
    other = ranking.rank_key(other_xp, other_reached)

    expected = (xp, minute(other_reached)) > (other_xp, minute(reached))
    assert (mine > other) == expected


@given(xps, moments)
def test_a_key_is_exact_in_a_double_and_gives_back_what_it_stands_for(
    xp: int, reached: datetime
) -> None:
    key = ranking.rank_key(xp, reached)

    assert int(float(key)) == key < 2**53
    assert ranking.xp_of(key) == xp
    shown = max(reached, ranking.EPOCH).replace(second=0, microsecond=0)
    assert ranking.reached_at_of(key) == shown


def test_times_beyond_the_range_count_as_its_last_minute() -> None:
    end = ranking.EPOCH + timedelta(minutes=2**24 - 1)

    assert ranking.rank_key(7, end + timedelta(days=9999)) == ranking.rank_key(7, end)


@pytest.mark.parametrize("xp", [-1, XP_MAX + 1])
def test_xp_outside_the_range_has_no_key(xp: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        ranking.rank_key(xp, ranking.EPOCH)


def test_equals_share_a_rank_and_the_next_one_skips() -> None:
    rows = [
        (ranking.rank_key(xp, ranking.EPOCH), Name(f"l{index}", ""))
        for index, xp in enumerate([30, 30, 20, 10, 10])
    ]

    # Eleven stand before the page; the first two share their XP with one of those.
    entries = number(rows, skipped=11, better_than_first=10)

    assert [entry.position for entry in entries] == [12, 13, 14, 15, 16]
    assert [entry.rank for entry in entries] == [11, 11, 14, 15, 15]


def test_percentile_is_the_share_with_less() -> None:
    assert percentile(lesser=3, total=4) == 75.0
