"""LeaderboardService: learners ranked by XP."""

from laurels.calls import values
from laurels.calls.values import After
from laurels.client.rpc import Ask, unary, walk
from laurels.v1 import leaderboard_service_pb2 as pb


class LeaderboardCalls:
    """The calls of LeaderboardService."""

    @unary(lambda stubs: stubs.leaderboard.GetLeaderboard)
    def get_leaderboard(
        self,
        *,
        leaderboard_id: str = "",
        group_id: str = "",
        season: str = "",
        page_size: int = 0,
        page_token: str = "",
        start_position: int = 0,
        after: After = "",
        timeout: float | None = None,
    ) -> Ask[pb.GetLeaderboardRequest]:
        """Returns one page of a leaderboard, in a GetLeaderboardResponse.

        Args:
            leaderboard_id: Empty means `global`, the all-time board of every learner.
            group_id: One group's board, for leaderboards that keep them.
            season: A past window, for leaderboards that have seasons.
            page_size: Entries a page; 0 means 50, more than 1000 means 1000.
            page_token: `next_page_token` of the page before; not with `start_position`.
            start_position: Begin at this position, 1 or more; 0 is the top.
            after: The answer to a write, or its `consistency_token`: the page then includes it.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEADERBOARD_NOT_FOUND.
            InvalidToken: The page token or the consistency token is not this server's.
            Overloaded: Repeat after a short pause.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        request = pb.GetLeaderboardRequest(
            leaderboard_id=leaderboard_id,
            group_id=group_id,
            season=season,
            page_size=page_size,
            page_token=page_token,
            start_position=start_position,
            consistency_token=values.token(after),
        )
        return Ask(request, timeout)

    @walk(get_leaderboard, lambda page: (page,))
    def iter_leaderboard_pages(
        self,
        *,
        leaderboard_id: str = "",
        group_id: str = "",
        season: str = "",
        page_size: int = 0,
        page_token: str = "",
        start_position: int = 0,
        after: After = "",
        timeout: float | None = None,
    ) -> Ask[pb.GetLeaderboardRequest]:
        """Goes through a leaderboard, page by page; gives a GetLeaderboardResponse each.

        Pages are not frozen while scores move, but a learner who does not move is neither repeated
        nor left out. To go on after an error, give the last page's `next_page_token`.

        Args:
            leaderboard_id: Empty means `global`, the all-time board of every learner.
            group_id: One group's board, for leaderboards that keep them.
            season: A past window, for leaderboards that have seasons.
            page_size: Entries a page; 0 means 50, more than 1000 means 1000.
            page_token: Where to go on; empty for the top.
            start_position: Where to begin, 1 or more; 0 is the top.
            after: The answer to a write, or its `consistency_token`: all pages then include it.
            timeout: Seconds to wait for each page; the client's default where None.

        Raises:
            LaurelsError: As `get_leaderboard`, on the way.
        """
        request = pb.GetLeaderboardRequest(
            leaderboard_id=leaderboard_id,
            group_id=group_id,
            season=season,
            page_size=page_size,
            page_token=page_token,
            start_position=start_position,
            consistency_token=values.token(after),
        )
        return Ask(request, timeout)

    @walk(get_leaderboard, lambda page: page.entries)
    def iter_leaderboard(
        self,
        *,
        leaderboard_id: str = "",
        group_id: str = "",
        season: str = "",
        page_size: int = 1000,
        start_position: int = 0,
        after: After = "",
        timeout: float | None = None,
    ) -> Ask[pb.GetLeaderboardRequest]:
        """Goes through a leaderboard, learner by learner; gives a LeaderboardEntry each.

        Args:
            leaderboard_id: Empty means `global`, the all-time board of every learner.
            group_id: One group's board, for leaderboards that keep them.
            season: A past window, for leaderboards that have seasons.
            page_size: Entries to ask for at a time, 1-1000.
            start_position: Where to begin, 1 or more; 0 is the top.
            after: The answer to a write, or its `consistency_token`: all entries then include it.
            timeout: Seconds to wait for each page; the client's default where None.

        Raises:
            LaurelsError: As `get_leaderboard`, on the way.
        """
        request = pb.GetLeaderboardRequest(
            leaderboard_id=leaderboard_id,
            group_id=group_id,
            season=season,
            page_size=page_size,
            start_position=start_position,
            consistency_token=values.token(after),
        )
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.leaderboard.GetStanding)
    def get_standing(
        self,
        user_id: str,
        *,
        leaderboard_id: str = "",
        group_id: str = "",
        season: str = "",
        neighbors: int = 0,
        after: After = "",
        timeout: float | None = None,
    ) -> Ask[pb.GetStandingRequest]:
        """Returns one learner's place and the neighbours around it, in a GetStandingResponse.

        A learner without a place is not an error: `placed` is false, position and rank are 0.

        Args:
            user_id: The learner.
            leaderboard_id: Empty means `global`, the all-time board of every learner.
            group_id: One group's board, for leaderboards that keep them.
            season: A past window, for leaderboards that have seasons.
            neighbors: How many entries to show on each side, 0-50.
            after: The answer to a write, or its `consistency_token`: the place then includes it.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEARNER_NOT_FOUND, LEADERBOARD_NOT_FOUND.
            InvalidToken: The consistency token is not this server's.
            Overloaded: Repeat after a short pause.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        request = pb.GetStandingRequest(
            leaderboard_id=leaderboard_id,
            group_id=group_id,
            season=season,
            user_id=user_id,
            neighbors=neighbors,
            consistency_token=values.token(after),
        )
        return Ask(request, timeout)
