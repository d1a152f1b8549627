"""LeaderboardService."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import grpc
from google.protobuf.message import DecodeError

from laurels.v1 import leaderboard_service_pb2 as pb
from laurels_server.domain.errors import LeaderboardNotFound, MalformedRequest
from laurels_server.domain.ledger import LedgerPoint
from laurels_server.domain.standings import GLOBAL, Entry, Page, Place, Source
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

_PAGES = ("GetLeaderboard", GLOBAL)
"""The scope of page tokens."""

_REMEMBERED_BYTES = 256
"""Requests that are longer hold what nobody looks at; they are not remembered."""


class LeaderboardServicer:
    """Answers pages and places. A page that is shown again goes out as the same bytes."""

    NAME = pb.DESCRIPTOR.services_by_name["LeaderboardService"].full_name

    def __init__(self, leaderboard: Leaderboard) -> None:
        self._leaderboard = leaderboard
        self._written: WeakKeyDictionary[Page, bytes] = WeakKeyDictionary()

    def add_to(self, server: grpc.aio.Server) -> None:
        """As the generated function does, but pages come and go as bytes."""
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "GetLeaderboard": grpc.unary_unary_rpc_method_handler(
                self.GetLeaderboard, request_deserializer=bytes, response_serializer=None
            ),
            "GetStanding": grpc.unary_unary_rpc_method_handler(
                self.GetStanding,
                request_deserializer=pb.GetStandingRequest.FromString,
                response_serializer=pb.GetStandingResponse.SerializeToString,
            ),
        }
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(self.NAME, handlers),)
        )

    def kept_page(self, request: bytes) -> bytes | None:
        """The answer to a GetLeaderboardRequest, where it is at hand. Raises as that does."""
        asked = _asked(request)
        page = self._leaderboard.kept(asked.start, asked.size) if asked.include is None else None
        return None if page is None else self._bytes(page)

    async def GetLeaderboard(self, request: bytes, context: object) -> bytes:
        """Returns a page of a leaderboard."""
        asked = _asked(request)
        page = await self._leaderboard.page(asked.start, asked.size, asked.include)
        return self._bytes(page)

    def _bytes(self, page: Page) -> bytes:
        written = self._written.get(page)
        if written is None:
            written = self._written[page] = _page(page).SerializeToString()
        return written

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


@dataclass(frozen=True, slots=True)
class _PageAsked:
    """What a valid GetLeaderboardRequest says."""

    start: Place | int
    size: int
    include: LedgerPoint | None


def _read(data: bytes) -> _PageAsked:
    """Raises what the caller is to be told of a request that does not parse, or breaks a limit."""
    try:
        request = pb.GetLeaderboardRequest.FromString(data)
    except DecodeError:
        raise MalformedRequest("the bytes of the request are not this RPC's message") from None
    checks = Checks()
    leaderboard_id = _leaderboard_id(request, checks)
    size = checks.page_size(request.page_size)
    checks.number("start_position", request.start_position, 0, _INT32_MAX)
    if request.page_token and request.start_position:
        checks.wrong("start_position", "must be 0 together with a page_token")
    checks.done()
    _require_known(leaderboard_id)
    include = read_consistency_token(request.consistency_token)
    start: Place | int = max(0, request.start_position - 1)
    if request.page_token:
        rank_key, learner_key = read_page_token(request.page_token, _PAGES, _PLACE_LIMITS)
        start = Place(int(rank_key), int(learner_key))
    return _PageAsked(start, size, include)


_remembered = lru_cache(maxsize=1024)(_read)
"""Most callers send the same few bytes."""


def _asked(request: bytes) -> _PageAsked:
    return (_remembered if len(request) <= _REMEMBERED_BYTES else _read)(request)


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


def _page(page: Page) -> pb.GetLeaderboardResponse:
    token = ""
    if page.next_after is not None:
        token = page_token(_PAGES, (page.next_after.rank_key, page.next_after.learner_key))
    return pb.GetLeaderboardResponse(
        entries=[_entry(entry) for entry in page.entries],
        next_page_token=token,
        total_entries=page.total_entries,
        source=_SOURCES[page.source],
        as_of=timestamp(page.as_of),
        leaderboard_id=GLOBAL,
    )


def _entry(entry: Entry) -> pb.LeaderboardEntry:
    return pb.LeaderboardEntry(
        position=entry.position,
        rank=entry.rank,
        user_id=entry.name.user_id,
        display_name=entry.name.display_name,
        xp=entry.xp,
        reached_at=None if entry.reached_at is None else timestamp(entry.reached_at),
    )
