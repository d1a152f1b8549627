from laurels.v1.leaderboard_service_pb2 import LEADERBOARD_SOURCE_REDIS
from laurels.v1.progress_service_pb2 import PROGRESS_STATUS_COMPLETED
from tests.calls import Calls


async def test_the_first_level_pays_unlocks_the_next_and_leads_the_board(calls: Calls) -> None:
    answer = await calls.submit("scout-001", "puk_u1_l1", request_id="first")

    assert (answer.xp_earned, answer.total_xp) == (15, 15)
    assert answer.status == PROGRESS_STATUS_COMPLETED
    assert list(answer.unlocked_level_ids) == ["puk_u1_l2"]
    page = await calls.board(consistency_token=answer.consistency_token)
    assert [(e.position, e.user_id, e.xp) for e in page.entries] == [(1, "scout-001", 15)]
    assert page.source == LEADERBOARD_SOURCE_REDIS
