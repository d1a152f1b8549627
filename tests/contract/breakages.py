"""Everything that an audit must notice: each breaks one thing on purpose, behind the server's back,
and says which findings that makes, and no others."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from laurels_server.domain.audit import spelled
from laurels_server.redis.keys import member
from tests.contract.audits import Found
from tests.contract.scene import Scene

# The ledger.


async def a_number_is_missing(scene: Scene) -> list[Found]:
    await _renumber(scene, first=4, by=1)
    return [("LEDGER_GAP", "", "5", "4", "5")]


async def the_first_numbers_are_missing(scene: Scene) -> list[Found]:
    await _renumber(scene, first=1, by=2)
    return [("LEDGER_GAP", "", "3", "1", "3")]


async def two_entries_are_missing_one_after_the_other(scene: Scene) -> list[Found]:
    await _renumber(scene, first=4, by=1)
    await _renumber(scene, first=8, by=3)
    return [("LEDGER_GAP", "", "5", "4", "5"), ("LEDGER_GAP", "", "11", "8", "11")]


async def an_entry_was_recorded_before_the_one_ahead(scene: Scene) -> list[Found]:
    await scene.sql.execute(
        "UPDATE xp_entries SET recorded_at = recorded_at - interval '1 day' WHERE seq = 4"
    )
    before, found = await scene.recorded_at(3), await scene.recorded_at(4)
    return [("LEDGER_ORDER", "", "4", f"{before} or later", found)]


async def an_entry_was_recorded_before_the_one_ahead_of_a_gap(scene: Scene) -> list[Found]:
    """After two_entries_are_missing_one_after_the_other."""
    await scene.sql.execute(
        "UPDATE xp_entries SET recorded_at = recorded_at - interval '1 day' WHERE seq = 5"
    )
    before, found = await scene.recorded_at(3), await scene.recorded_at(5)
    return [("LEDGER_ORDER", "", "5", f"{before} or later", found)]


async def a_learners_last_entry_is_deleted(scene: Scene) -> list[Found]:
    then, now = await scene.recorded_at(1), await scene.recorded_at(3)
    await scene.sql.execute("DELETE FROM xp_entries WHERE seq = 3")
    return [
        ("LEDGER_GAP", "", "4", "3", "4"),
        ("TOTAL", "scout-001", "", "15", "30"),
        ("ENTRY_COUNT", "scout-001", "", "1", "2"),
        ("REACHED_AT", "scout-001", "", then, now),
        ("LEVEL_PAID", "scout-001", "puk_u1_l2", "0", "15"),
    ]


async def a_learners_first_entry_is_deleted(scene: Scene) -> list[Found]:
    await scene.sql.execute("DELETE FROM xp_entries WHERE seq = 1")
    return [
        ("LEDGER_GAP", "", "2", "1", "2"),
        ("TOTAL", "scout-001", "", "15", "30"),
        ("ENTRY_COUNT", "scout-001", "", "1", "2"),
        ("RUNNING_TOTAL", "scout-001", "3", "15", "30"),
        ("LEVEL_PAID", "scout-001", "puk_u1_l1", "0", "15"),
    ]


async def the_only_entry_of_a_learner_is_deleted(scene: Scene) -> list[Found]:
    now = await scene.recorded_at(2)
    await scene.sql.execute("DELETE FROM xp_entries WHERE seq = 2")
    return [
        ("LEDGER_GAP", "", "3", "2", "3"),
        ("TOTAL", "scout-002", "", "0", "15"),
        # The rename is left.
        ("ENTRY_COUNT", "scout-002", "", "1", "2"),
        ("RUNNING_TOTAL", "scout-002", "8", "0", "15"),
        ("REACHED_AT", "scout-002", "", "never", now),
        ("LEVEL_PAID", "scout-002", "puk_u1_l1", "0", "15"),
    ]


async def the_end_of_the_ledger_is_deleted(scene: Scene) -> list[Found]:
    await scene.sql.execute("DELETE FROM xp_entries WHERE seq = 9")
    return [("ENTRY_COUNT", "scout-003", "", "2", "3")]


async def an_entry_belongs_to_nobody(scene: Scene) -> list[Found]:
    await _append(scene, 4711)
    return [("ENTRY_WITHOUT_LEARNER", "", "10", "a learner", "nobody with key 4711")]


async def entries_belong_to_nobody_with_the_oddest_keys(scene: Scene) -> list[Found]:
    await _append(scene, 0)
    await _append(scene, -1)
    await _append(scene, 2**63 - 1)
    return [
        ("ENTRY_WITHOUT_LEARNER", "", "10", "a learner", "nobody with key 0"),
        ("ENTRY_WITHOUT_LEARNER", "", "11", "a learner", "nobody with key -1"),
        ("ENTRY_WITHOUT_LEARNER", "", "12", "a learner", f"nobody with key {2**63 - 1}"),
    ]


async def a_learner_is_deleted(scene: Scene) -> list[Found]:
    key, score = await scene.key("scout-002"), await scene.rank_key("scout-002")
    await scene.sql.execute("DELETE FROM users WHERE user_id = 'scout-002'")
    return [
        ("ENTRY_WITHOUT_LEARNER", "", "2", "a learner", f"nobody with key {key}"),
        ("BOARD_EXTRA", "", member(key), "no place", score),
    ]


# Accounts.


async def an_amount_is_changed(scene: Scene) -> list[Found]:
    await scene.sql.execute("UPDATE xp_entries SET amount = 41 WHERE seq = 4")
    return [
        ("TOTAL", "scout-003", "", "31", "30"),
        ("RUNNING_TOTAL", "scout-003", "4", "41", "40"),
    ]


async def a_running_total_is_changed(scene: Scene) -> list[Found]:
    await scene.sql.execute("UPDATE xp_entries SET total_after = 39 WHERE seq = 4")
    return [("RUNNING_TOTAL", "scout-003", "4", "40", "39")]


async def a_total_is_raised(scene: Scene) -> list[Found]:
    before = await scene.rank_key("scout-002")
    await _learner(scene, "scout-002", "total_xp = 16")
    member, after = await scene.member("scout-002"), await scene.rank_key("scout-002")
    return [
        ("TOTAL", "scout-002", "", "15", "16"),
        ("BOARD_SCORE", "scout-002", member, after, before),
    ]


async def a_total_is_taken_away(scene: Scene) -> list[Found]:
    before = await scene.rank_key("scout-002")
    await _learner(scene, "scout-002", "total_xp = 0")
    return [
        ("TOTAL", "scout-002", "", "15", "0"),
        ("BOARD_EXTRA", "scout-002", await scene.member("scout-002"), "no place", before),
    ]


async def a_total_is_given_to_somebody_without_entries(scene: Scene) -> list[Found]:
    await _learner(scene, "scout-006", "total_xp = 7")
    member, rank_key = await scene.member("scout-006"), await scene.rank_key("scout-006")
    return [
        ("TOTAL", "scout-006", "", "0", "7"),
        ("BOARD_MISSING", "scout-006", member, rank_key, "no place"),
    ]


async def somebody_is_hidden_by_hand(scene: Scene) -> list[Found]:
    before = await scene.rank_key("scout-001")
    await _learner(scene, "scout-001", "visibility = 'HIDDEN'")
    return [("BOARD_EXTRA", "scout-001", await scene.member("scout-001"), "no place", before)]


async def a_count_of_entries_is_changed(scene: Scene) -> list[Found]:
    await _learner(scene, "scout-003", "version = 2")
    return [("ENTRY_COUNT", "scout-003", "", "3", "2")]


async def a_total_was_reached_at_another_second(scene: Scene) -> list[Found]:
    await _learner(scene, "scout-001", "reached_at = date_trunc('minute', reached_at)")
    expected = await scene.recorded_at(3)
    found = await scene.sql.fetchval("SELECT reached_at FROM users WHERE user_id = 'scout-001'")
    assert spelled(found) != expected, "booked right at the full minute"
    return [("REACHED_AT", "scout-001", "", expected, spelled(found))]


async def a_total_was_reached_a_minute_later(scene: Scene) -> list[Found]:
    before = await scene.rank_key("scout-001")
    reached = await scene.sql.fetchval("SELECT reached_at FROM users WHERE user_id = 'scout-001'")
    await _learner(scene, "scout-001", "reached_at = reached_at + interval '1 minute'")
    member, after = await scene.member("scout-001"), await scene.rank_key("scout-001")
    assert int(after) == int(before) - 1
    return [
        ("REACHED_AT", "scout-001", "", spelled(reached), spelled(reached + timedelta(minutes=1))),
        ("BOARD_SCORE", "scout-001", member, after, before),
    ]


async def a_total_was_never_reached(scene: Scene) -> list[Found]:
    expected = await scene.recorded_at(7)
    await _learner(scene, "scout-004", "reached_at = NULL")
    return [("REACHED_AT", "scout-004", "", expected, "never")]


async def a_level_has_paid_more(scene: Scene) -> list[Found]:
    await scene.sql.execute("UPDATE progress SET xp_paid = 20 WHERE level_id = 'puk_u1_l2'")
    return [("LEVEL_PAID", "scout-001", "puk_u1_l2", "15", "20")]


async def a_level_has_paid_less(scene: Scene) -> list[Found]:
    await scene.sql.execute("UPDATE progress SET xp_paid = 0 WHERE level_id = 'puk_u1_l2'")
    return [("LEVEL_PAID", "scout-001", "puk_u1_l2", "15", "0")]


async def progress_is_deleted(scene: Scene) -> list[Found]:
    await scene.sql.execute("DELETE FROM progress WHERE level_id = 'puk_u1_l2'")
    return [("LEVEL_PAID", "scout-001", "puk_u1_l2", "15", "0")]


async def progress_is_another_learners(scene: Scene) -> list[Found]:
    key = await scene.key("scout-006")
    await scene.sql.execute("UPDATE progress SET learner_key = $1 WHERE xp_paid = 0", key)
    await scene.sql.execute(
        "UPDATE progress SET learner_key = $1 WHERE level_id = 'puk_u1_l2'", key
    )
    return [
        ("LEVEL_PAID", "scout-001", "puk_u1_l2", "15", "0"),
        ("LEVEL_PAID", "scout-006", "puk_u1_l2", "0", "15"),
    ]


# The board.


async def a_score_is_a_minute_off(scene: Scene) -> list[Found]:
    return await _scored(scene, "scout-001", str(int(await scene.rank_key("scout-001")) + 1))


async def a_score_is_no_whole_number(scene: Scene) -> list[Found]:
    return await _scored(scene, "scout-002", "1.5")


async def a_score_is_off_by_less_than_one(scene: Scene) -> list[Found]:
    return await _scored(scene, "scout-002", await scene.rank_key("scout-002") + ".25")


async def a_score_is_infinite(scene: Scene) -> list[Found]:
    return await _scored(scene, "scout-003", "inf")


async def two_learners_have_each_others_scores(scene: Scene) -> list[Found]:
    one, two = await scene.rank_key("scout-001"), await scene.rank_key("scout-002")
    return [
        *await _scored(scene, "scout-001", two),
        *await _scored(scene, "scout-002", one),
    ]


async def a_member_is_missing(scene: Scene) -> list[Found]:
    member, rank_key = await scene.member("scout-003"), await scene.rank_key("scout-003")
    await scene.board.drop(member)
    return [("BOARD_MISSING", "scout-003", member, rank_key, "no place")]


async def a_member_has_no_xp(scene: Scene) -> list[Found]:
    member = await scene.member("scout-006")
    await scene.board.put(member, 251658240)
    return [("BOARD_EXTRA", "scout-006", member, "no place", "251658240")]


async def a_member_is_nobody(scene: Scene) -> list[Found]:
    await scene.board.put(member(4711), 251658240)
    return [("BOARD_EXTRA", "", member(4711), "no place", "251658240")]


async def members_are_no_keys_of_learners(scene: Scene) -> list[Found]:
    padded = await scene.member("scout-001")
    names = ["intruder", "", padded.lstrip("0"), f"+{padded[1:]}", f"{padded[:-1]}_{padded[-1]}"]
    names += [
        "9" * 19,
        "9" * 30,
        "0" * 19,
        "-" + "1" * 18,
        "\N{FULLWIDTH DIGIT ONE}" * 19,
        " " * 19,
    ]
    for name in names:
        await scene.board.put(name, 251658240)
    return [
        ("BOARD_EXTRA", "", name, "no place", "a member that is no learner's key") for name in names
    ]


Breakage = Callable[[Scene], Awaitable[list[Found]]]

BREAKAGES: Sequence[Breakage] = (
    a_number_is_missing,
    the_first_numbers_are_missing,
    two_entries_are_missing_one_after_the_other,
    an_entry_was_recorded_before_the_one_ahead,
    a_learners_last_entry_is_deleted,
    a_learners_first_entry_is_deleted,
    the_only_entry_of_a_learner_is_deleted,
    the_end_of_the_ledger_is_deleted,
    an_entry_belongs_to_nobody,
    entries_belong_to_nobody_with_the_oddest_keys,
    a_learner_is_deleted,
    an_amount_is_changed,
    a_running_total_is_changed,
    a_total_is_raised,
    a_total_is_taken_away,
    a_total_is_given_to_somebody_without_entries,
    somebody_is_hidden_by_hand,
    a_count_of_entries_is_changed,
    a_total_was_reached_at_another_second,
    a_total_was_reached_a_minute_later,
    a_total_was_never_reached,
    a_level_has_paid_more,
    a_level_has_paid_less,
    progress_is_deleted,
    progress_is_another_learners,
    a_score_is_a_minute_off,
    a_score_is_no_whole_number,
    a_score_is_off_by_less_than_one,
    a_score_is_infinite,
    two_learners_have_each_others_scores,
    a_member_is_missing,
    a_member_has_no_xp,
    a_member_is_nobody,
    members_are_no_keys_of_learners,
)


async def _renumber(scene: Scene, *, first: int, by: int) -> None:
    """Moves the entries from a number on, so that those before their new numbers are missing."""
    async with scene.sql.transaction():
        await scene.sql.execute("UPDATE xp_entries SET seq = -seq - $2 WHERE seq >= $1", first, by)
        await scene.sql.execute("UPDATE xp_entries SET seq = -seq WHERE seq < 0")


async def _append(scene: Scene, learner_key: int) -> None:
    await scene.sql.execute(
        "INSERT INTO xp_entries (seq, learner_key, amount, total_after, kind, counts_at,"
        " recorded_at) SELECT max(seq) + 1, $1, 5, 5, 'AWARD', now(), now() FROM xp_entries",
        learner_key,
    )


async def _learner(scene: Scene, user_id: str, change: str) -> None:
    await scene.sql.execute(f"UPDATE users SET {change} WHERE user_id = $1", user_id)


async def _scored(scene: Scene, user_id: str, score: str) -> list[Found]:
    member, rank_key = await scene.member(user_id), await scene.rank_key(user_id)
    await scene.board.put(member, score)
    return [("BOARD_SCORE", user_id, member, rank_key, score)]
