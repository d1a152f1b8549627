"""XpService."""

from laurels.v1 import xp_service_pb2 as pb
from laurels.v1.xp_service_pb2_grpc import XpServiceServicer
from laurels_server.domain.account import Adjustment, Award, Reversal
from laurels_server.domain.ledger import TRAINING
from laurels_server.domain.xp import XP_MAX
from laurels_server.rpc.checks import Checks
from laurels_server.rpc.entries import entry_message
from laurels_server.rpc.times import timestamp
from laurels_server.rpc.tokens import (
    consistency_token,
    page_token,
    read_entry_id,
    read_page_token,
)
from laurels_server.usecases.accounts import Accounts

_AWARD_MOST = 1_000_000
_REASON_MOST = 500
_SEQ_MOST = 2**63 - 1


class XpServicer(XpServiceServicer):
    """Changes accounts, and tells about them."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def AwardXp(self, request: pb.AwardXpRequest, context: object) -> pb.AwardXpResponse:
        """Books XP from another source."""
        checks = Checks()
        award = Award(
            request_id=checks.identifier("request_id", request.request_id),
            user_id=checks.identifier("user_id", request.user_id),
            amount=checks.number("amount", request.amount, 1, _AWARD_MOST),
            source=checks.identifier("source", request.source),
            reference=checks.identifier("reference", request.reference, required=False),
            reason=checks.text("reason", request.reason, _REASON_MOST),
        )
        if award.source == TRAINING:
            checks.wrong("source", f"{TRAINING!r} is reserved for levels")
        checks.done()
        booked = await self._accounts.change(award)
        return pb.AwardXpResponse(
            entry=entry_message(award.user_id, booked.entry),
            total_xp=booked.entry.total_after,
            replayed=booked.replayed,
            consistency_token=consistency_token(booked.included_by),
        )

    async def AdjustXp(self, request: pb.AdjustXpRequest, context: object) -> pb.AdjustXpResponse:
        """Corrects a total."""
        checks = Checks()
        adjustment = Adjustment(
            request_id=checks.identifier("request_id", request.request_id),
            user_id=checks.identifier("user_id", request.user_id),
            amount=checks.number("amount", request.amount, -XP_MAX, XP_MAX),
            reason=_required_reason(request.reason, checks),
            actor=checks.identifier("actor", request.actor),
        )
        if adjustment.amount == 0:
            checks.wrong("amount", "must not be 0")
        checks.done()
        booked = await self._accounts.change(adjustment)
        return pb.AdjustXpResponse(
            entry=entry_message(adjustment.user_id, booked.entry),
            total_xp=booked.entry.total_after,
            replayed=booked.replayed,
            consistency_token=consistency_token(booked.included_by),
        )

    async def ReverseXpEntry(
        self, request: pb.ReverseXpEntryRequest, context: object
    ) -> pb.ReverseXpEntryResponse:
        """Takes one entry back."""
        checks = Checks()
        reversal = Reversal(
            request_id=checks.identifier("request_id", request.request_id),
            user_id=checks.identifier("user_id", request.user_id),
            entry_id=checks.identifier("entry_id", request.entry_id),
            point=read_entry_id(request.entry_id),
            reason=_required_reason(request.reason, checks),
            actor=checks.identifier("actor", request.actor),
        )
        checks.done()
        booked = await self._accounts.change(reversal)
        return pb.ReverseXpEntryResponse(
            entry=entry_message(reversal.user_id, booked.entry),
            total_xp=booked.entry.total_after,
            replayed=booked.replayed,
            consistency_token=consistency_token(booked.included_by),
        )

    async def GetXpAccount(
        self, request: pb.GetXpAccountRequest, context: object
    ) -> pb.GetXpAccountResponse:
        """Returns a learner's account."""
        checks = Checks()
        user_id = checks.identifier("user_id", request.user_id)
        checks.done()
        account = await self._accounts.account(user_id)
        return pb.GetXpAccountResponse(
            account=pb.XpAccount(
                user_id=user_id,
                total_xp=account.total_xp,
                reached_at=None if account.reached_at is None else timestamp(account.reached_at),
                entry_count=account.entry_count,
            )
        )

    async def ListXpEntries(
        self, request: pb.ListXpEntriesRequest, context: object
    ) -> pb.ListXpEntriesResponse:
        """Lists a learner's entries, newest first."""
        checks = Checks()
        user_id = checks.identifier("user_id", request.user_id)
        size = checks.page_size(request.page_size)
        checks.done()
        scope = ("ListXpEntries", user_id, request.include_zero)
        before = _SEQ_MOST
        if request.page_token:
            [last] = read_page_token(request.page_token, scope, (_SEQ_MOST,))
            before = int(last)
        entries = await self._accounts.entries(
            user_id, before=before, most=size + 1, include_zero=request.include_zero
        )
        shown = entries[:size]
        more = len(entries) > size
        return pb.ListXpEntriesResponse(
            entries=[entry_message(user_id, entry) for entry in shown],
            next_page_token=page_token(scope, (shown[-1].point.seq,)) if more else "",
        )


def _required_reason(reason: str, checks: Checks) -> str:
    if not reason:
        checks.wrong("reason", "is required")
    return checks.text("reason", reason, _REASON_MOST)
