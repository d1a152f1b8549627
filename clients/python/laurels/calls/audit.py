"""AuditService: for operators, whether everything adds up."""

from laurels.client.rpc import Ask, stream, unary
from laurels.v1 import audit_service_pb2 as pb


class AuditCalls:
    """The calls of AuditService."""

    @unary(lambda stubs: stubs.audit.AuditUser)
    def audit_user(self, user_id: str, *, timeout: float | None = None) -> Ask[pb.AuditUserRequest]:
        """Checks one learner; answers an AuditUserResponse with what is wrong.

        Args:
            user_id: The learner.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEARNER_NOT_FOUND.
            Overloaded: Repeat after a short pause.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        return Ask(pb.AuditUserRequest(user_id=user_id), timeout)

    @stream(lambda stubs: stubs.audit.AuditAll)
    def audit_all(
        self, *, repair: bool = False, timeout: float | None = None
    ) -> Ask[pb.AuditAllRequest]:
        """Checks everything; gives AuditAllResponse messages, the last one with the `summary`.

        It begins with this call, and is broken off when the iterator is closed.

        Args:
            repair: Mend findings about the board at the end, by a rebuild.
            timeout: Seconds for all of it; no limit where None.

        Raises:
            Overloaded: Another audit runs in this server, or a rebuild that it would need.
            Unavailable, DeadlineExceeded: It did not reach its end.
        """
        return Ask(pb.AuditAllRequest(repair=repair), timeout)

    @stream(lambda stubs: stubs.audit.RebuildProjection)
    def rebuild_projection(
        self, *, timeout: float | None = None
    ) -> Ask[pb.RebuildProjectionRequest]:
        """Builds the copy in Redis anew; gives RebuildProjectionResponse messages.

        It begins with this call; read to the end, whose last message has `in_use` true unless
        another build came first. Whatever the error, the old copy stays in use.

        Args:
            timeout: Seconds for all of it; no limit where None.

        Raises:
            Overloaded: This server builds one for someone else.
            Unavailable, DeadlineExceeded: It was not put in place.
        """
        return Ask(pb.RebuildProjectionRequest(), timeout)

    @unary(lambda stubs: stubs.audit.GetSyncStatus)
    def get_sync_status(self, *, timeout: float | None = None) -> Ask[pb.GetSyncStatusRequest]:
        """Tells how far the copy in Redis is behind the ledger, in a GetSyncStatusResponse.

        Args:
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            Unavailable, DeadlineExceeded: As said with each.
        """
        return Ask(pb.GetSyncStatusRequest(), timeout)
