"""A server in use, with everything in it that an audit looks at."""

from dataclasses import dataclass

from google.protobuf.field_mask_pb2 import FieldMask

from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import AdjustXpRequest, AwardXpRequest, ReverseXpEntryRequest
from laurels_server.domain.audit import spelled
from laurels_server.redis.keys import member
from tests.calls import Calls
from tests.contract.audits import Board, until_in_step
from tests.sql import Sql

LEARNERS = ("scout-001", "scout-002", "scout-003", "scout-004", "scout-005", "scout-006")
"""Those that something happens to, and one that nothing happens to."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A server in use, and both of its stores."""

    calls: Calls
    sql: Sql
    board: Board

    async def key(self, user_id: str) -> int:
        return await self._learner(user_id, "learner_key")

    async def member(self, user_id: str) -> str:
        return member(await self.key(user_id))

    async def rank_key(self, user_id: str) -> str:
        return str(await self._learner(user_id, "rank_key"))

    async def recorded_at(self, seq: int) -> str:
        return spelled(
            await self.sql.fetchval("SELECT recorded_at FROM xp_entries WHERE seq = $1", seq)
        )

    async def _learner(self, user_id: str, column: str) -> int:
        found = await self.sql.fetchval(f"SELECT {column} FROM users WHERE user_id = $1", user_id)
        assert isinstance(found, int)
        return found


async def populate(calls: Calls) -> None:
    """Levels, awards, corrections, a reversal, a rename, other groups, an attempt that failed: nine
    entries, and three learners on the board."""
    await calls.submit("scout-001", "puk_u1_l1", request_id="first")  # entry 1
    await calls.submit("scout-002", "puk_u1_l1", request_id="first")  # entry 2
    await calls.submit("scout-001", "puk_u1_l2", request_id="second")  # entry 3
    await award(calls, "scout-003", 40)  # entry 4
    await calls.xp.AdjustXp(  # entry 5
        AdjustXpRequest(
            request_id="less", user_id="scout-003", amount=-10, reason="typo", actor="ada"
        )
    )
    given = await award(calls, "scout-004", 25)  # entry 6
    await calls.xp.ReverseXpEntry(  # entry 7
        ReverseXpEntryRequest(
            request_id="back", user_id="scout-004", entry_id=given, reason="typo", actor="ada"
        )
    )
    await change(calls, "display_name", User(user_id="scout-002", display_name="Two"))  # entry 8
    await change(calls, "group_ids", User(user_id="scout-003", group_ids=["owl"]))  # entry 9
    await calls.submit("scout-005", "puk_u1_l1", correct=0)
    await until_in_step(calls)


async def award(calls: Calls, user_id: str, amount: int) -> str:
    """Awards XP; the entry's id."""
    answer = await calls.xp.AwardXp(
        AwardXpRequest(request_id=f"award-{amount}", user_id=user_id, amount=amount, source="cyber")
    )
    return answer.entry.entry_id


async def change(calls: Calls, field: str, user: User) -> None:
    """Changes one field of a learner."""
    await calls.users.UpsertUsers(
        UpsertUsersRequest(users=[user], update_mask=FieldMask(paths=[field]))
    )
