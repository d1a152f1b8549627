"""LeaderboardService."""

from laurels.v1 import leaderboard_service_pb2 as pb
from laurels.v1.leaderboard_service_pb2_grpc import LeaderboardServiceServicer
from laurels_server.domain.errors import LeaderboardNotFound
from laurels_server.domain.standings import GLOBAL, Entry, Place, Source
from laurels_server.rpc.checks import Checks
from laurels_server.rpc.times import timestamp
from laurels_server.rpc.tokens import page_token, read_consistency_token, read_page_token
from laurels_server.usecases.leaderboard import Leaderboard

_SOURCES = {
    Source.REDIS: pb.LEADERBOARD_SOURCE_REDIS,
    Source.POSTGRES: pb.LEADERBOARD_SOURCE_POSTGRES,
}
_INT32_MAX = 2**31 - 1
_NEIGHBORS_MOST = 50
_PLACE_LIMITS = (2**53 - 1, 2**63 - 1)
"""Largest rank key and learner key."""


class LeaderboardServicer(LeaderboardServiceServicer):
    """Answers pages and places."""

    def __init__(self, leaderboard: Leaderboard) -> None:
        self._leaderboard = leaderboard

    async def GetLeaderboard(
        self, request: pb.GetLeaderboardRequest, context: object
    ) -> pb.GetLeaderboardResponse:
        """Returns a page of a leaderboard."""
        checks = Checks()
        leaderboard_id = _leaderboard_id(request, checks)
        size = checks.page_size(request.page_size)
        checks.number("start_position", request.start_position, 0, _INT32_MAX)
        if request.page_token and request.start_position:
            checks.wrong("start_position", "must be 0 together with a page_token")
        checks.done()
        _require_known(leaderboard_id)
        include = read_consistency_token(request.consistency_token)

        scope = ("GetLeaderboard", leaderboard_id)
        start: Place | int = max(0, request.start_position - 1)
        if request.page_token:
            rank_key, learner_key = read_page_token(request.page_token, scope, _PLACE_LIMITS)
            start = Place(int(rank_key), int(learner_key))
        page = await self._leaderboard.page(start, size, include)
        token = ""
        if page.next_after is not None:
            token = page_token(scope, (page.next_after.rank_key, page.next_after.learner_key))
        return pb.GetLeaderboardResponse(
            entries=[_entry(entry) for entry in page.entries],
            next_page_token=token,
            total_entries=page.total_entries,
            source=_SOURCES[page.source],
            as_of=timestamp(page.as_of),
            leaderboard_id=leaderboard_id,
        )

    async def GetStanding(
        self, request: pb.GetStandingRequest, context: object
    ) -> pb.GetStandingResponse:
        """Returns one learner's place and its neighbours."""
        checks = Checks()
        leaderboard_id = _leaderboard_id(request, checks)
        user_id = checks.identifier("user_id", request.user_id)
        neighbors = checks.number("neighbors", request.neighbors, 0, _NEIGHBORS_MOST)
        checks.done()
        _require_known(leaderboard_id)
        include = read_consistency_token(request.consistency_token)

        standing = await self._leaderboard.standing(user_id, neighbors, include)
        return pb.GetStandingResponse(
            entry=_entry(standing.entry),
            placed=standing.placed,
            percentile=standing.percentile,
            total_entries=standing.total_entries,
            neighbors_above=[_entry(entry) for entry in standing.above],
            neighbors_below=[_entry(entry) for entry in standing.below],
            source=_SOURCES[standing.source],
            as_of=timestamp(standing.as_of),
            leaderboard_id=leaderboard_id,
        )


def _leaderboard_id(
    request: pb.GetLeaderboardRequest | pb.GetStandingRequest, checks: Checks
) -> str:
    """The leaderboard meant; the only one there is keeps neither groups nor seasons."""
    leaderboard_id = checks.identifier("leaderboard_id", request.leaderboard_id or GLOBAL)
    if request.group_id:
        checks.wrong("group_id", "must be empty: this leaderboard is not kept for each group")
    if request.season:
        checks.wrong("season", "must be empty: this leaderboard is all-time and has no seasons")
    return leaderboard_id


def _require_known(leaderboard_id: str) -> None:
    if leaderboard_id != GLOBAL:
        raise LeaderboardNotFound(leaderboard_id)


def _entry(entry: Entry) -> pb.LeaderboardEntry:
    return pb.LeaderboardEntry(
        position=entry.position,
        rank=entry.rank,
        user_id=entry.name.user_id,
        display_name=entry.name.display_name,
        xp=entry.xp,
        reached_at=None if entry.reached_at is None else timestamp(entry.reached_at),
    )
