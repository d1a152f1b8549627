"""XpService: awards from other sources, corrections, and the ledger."""

from laurels.calls import values
from laurels.client.rpc import Ask, unary, walk
from laurels.v1 import xp_service_pb2 as pb


class XpCalls:
    """The calls of XpService."""

    @unary(lambda stubs: stubs.xp.AwardXp)
    def award_xp(
        self,
        *,
        user_id: str,
        amount: int,
        source: str,
        reference: str = "",
        reason: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Ask[pb.AwardXpRequest]:
        """Books XP from a source of yours; answers an AwardXpResponse.

        Args:
            user_id: The learner; 1-128 printable ASCII characters without spaces.
            amount: XP to add, 1-1000000.
            source: Where it comes from, for example `cyber`; 1-128 printable ASCII characters
                without spaces; `training` is reserved for levels.
            reference: What it is for; counts once for each learner and source, and answers that
                first entry when repeated. At most 128 printable ASCII characters without spaces;
                empty counts each time.
            reason: For people; at most 500 characters.
            request_id: Kept for every repeat; made here where you give none, and told by every
                error. The answer's entry has it, unless the reference was awarded before.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            InvalidArgument: A value breaks its limits.
            NotFound: LEARNER_NOT_FOUND.
            Conflict: REQUEST_ID_REUSED; REFERENCE_ALREADY_AWARDED, with another amount.
            Refused: XP_OUT_OF_RANGE.
            Overloaded: Nothing was begun; repeat after a short pause.
            Unavailable, DeadlineExceeded: Nobody can tell; repeat with the error's `request_id`.
        """
        request = pb.AwardXpRequest(
            request_id=values.request_id(request_id),
            user_id=user_id,
            amount=amount,
            source=source,
            reference=reference,
            reason=reason,
        )
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.xp.AdjustXp)
    def adjust_xp(
        self,
        *,
        user_id: str,
        amount: int,
        reason: str,
        actor: str,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Ask[pb.AdjustXpRequest]:
        """Corrects a total, up or down; answers an AdjustXpResponse.

        Args:
            user_id: The learner; 1-128 printable ASCII characters without spaces.
            amount: XP to add, or to take away where negative: -536870911 to 536870911, not 0.
            reason: Why; 1-500 characters.
            actor: Who; 1-128 printable ASCII characters without spaces.
            request_id: Kept for every repeat; made here where you give none, and told by the
                answer's entry and by every error.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            InvalidArgument: A value breaks its limits.
            NotFound: LEARNER_NOT_FOUND.
            Conflict: REQUEST_ID_REUSED: the id was used before with other content.
            Refused: XP_OUT_OF_RANGE: the total would leave 0 to 536870911.
            Overloaded: Nothing was begun; repeat after a short pause.
            Unavailable, DeadlineExceeded: Nobody can tell; repeat with the error's `request_id`.
        """
        request = pb.AdjustXpRequest(
            request_id=values.request_id(request_id),
            user_id=user_id,
            amount=amount,
            reason=reason,
            actor=actor,
        )
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.xp.ReverseXpEntry)
    def reverse_xp_entry(
        self,
        *,
        user_id: str,
        entry_id: str,
        reason: str,
        actor: str,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Ask[pb.ReverseXpEntryRequest]:
        """Takes back what one ledger entry booked; answers a ReverseXpEntryResponse.

        Args:
            user_id: The learner; 1-128 printable ASCII characters without spaces.
            entry_id: One of this learner's entries.
            reason: Why; 1-500 characters.
            actor: Who; 1-128 printable ASCII characters without spaces.
            request_id: Kept for every repeat; made here where you give none, and told by the
                answer's entry and by every error.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            InvalidArgument: A value breaks its limits.
            NotFound: LEARNER_NOT_FOUND, ENTRY_NOT_FOUND.
            Conflict: REQUEST_ID_REUSED: the id was used before with other content.
            Refused: ENTRY_NOT_REVERSIBLE, XP_OUT_OF_RANGE.
            Overloaded: Nothing was begun; repeat after a short pause.
            Unavailable, DeadlineExceeded: Nobody can tell; repeat with the error's `request_id`.
        """
        request = pb.ReverseXpEntryRequest(
            request_id=values.request_id(request_id),
            user_id=user_id,
            entry_id=entry_id,
            reason=reason,
            actor=actor,
        )
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.xp.GetXpAccount)
    def get_xp_account(
        self, user_id: str, *, timeout: float | None = None
    ) -> Ask[pb.GetXpAccountRequest]:
        """Returns a learner's account, in a GetXpAccountResponse.

        Args:
            user_id: The learner.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEARNER_NOT_FOUND.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        return Ask(pb.GetXpAccountRequest(user_id=user_id), timeout)

    @unary(lambda stubs: stubs.xp.ListXpEntries)
    def list_xp_entries(
        self,
        user_id: str,
        *,
        include_zero: bool = False,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Ask[pb.ListXpEntriesRequest]:
        """Lists one page of a learner's ledger, newest first; answers a ListXpEntriesResponse.

        Args:
            user_id: The learner.
            include_zero: Also list entries of amount 0: renames and changes of groups.
            page_size: Entries a page; 0 means 50, more than 1000 means 1000.
            page_token: `next_page_token` of the page before; empty for the first.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEARNER_NOT_FOUND.
            InvalidToken: The page token is not of this walk.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        request = pb.ListXpEntriesRequest(
            user_id=user_id, include_zero=include_zero, page_size=page_size, page_token=page_token
        )
        return Ask(request, timeout)

    @walk(list_xp_entries, lambda page: page.entries)
    def iter_xp_entries(
        self,
        user_id: str,
        *,
        include_zero: bool = False,
        page_size: int = 1000,
        timeout: float | None = None,
    ) -> Ask[pb.ListXpEntriesRequest]:
        """Goes through a learner's whole ledger, newest first; gives an XpEntry each.

        Args:
            user_id: The learner.
            include_zero: Also give entries of amount 0: renames and changes of groups.
            page_size: Entries to ask for at a time, 1-1000.
            timeout: Seconds to wait for each page; the client's default where None.

        Raises:
            LaurelsError: As `list_xp_entries`, on the way.
        """
        request = pb.ListXpEntriesRequest(
            user_id=user_id, include_zero=include_zero, page_size=page_size
        )
        return Ask(request, timeout)
