"""UserService: the learners that Laurels knows."""

from collections.abc import Iterable

from laurels.calls import values
from laurels.client.rpc import Ask, unary
from laurels.v1 import user_service_pb2 as pb


class UserCalls:
    """The calls of UserService."""

    @unary(lambda stubs: stubs.users.UpsertUsers)
    def upsert_users(
        self,
        users: Iterable[pb.User],
        *,
        update_mask: Iterable[str] = (),
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> Ask[pb.UpsertUsersRequest]:
        """Registers or changes learners, all or none; answers an UpsertUsersResponse.

        Never repeated by itself: that could undo what somebody else changed in between.

        Args:
            users: 1-1000 of them, in at most 4 MiB, each `user_id` once.
            update_mask: The fields to replace in learners that exist: `display_name`,
                `group_ids`; empty replaces both.
            validate_only: Check and answer as if, but store nothing.
            timeout: Seconds to wait; the client's default where None.

        Raises:
            InvalidArgument: A value breaks its limits.
            MessageTooLarge: More than 4 MiB; nothing was sent.
            Unavailable, DeadlineExceeded: Nobody can tell; look with `get_user`, or repeat.
        """
        request = pb.UpsertUsersRequest(
            users=users, update_mask=values.mask(update_mask), validate_only=validate_only
        )
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.users.GetUser)
    def get_user(self, user_id: str, *, timeout: float | None = None) -> Ask[pb.GetUserRequest]:
        """Returns one learner, in a GetUserResponse.

        Args:
            user_id: The learner.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEARNER_NOT_FOUND.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        return Ask(pb.GetUserRequest(user_id=user_id), timeout)
