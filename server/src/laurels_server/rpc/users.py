"""UserService."""

from laurels.v1 import user_service_pb2 as pb
from laurels.v1.user_service_pb2_grpc import UserServiceServicer
from laurels_server.domain.text import NAME_MOST
from laurels_server.postgres.learners import Profile
from laurels_server.rpc.checks import Checks
from laurels_server.rpc.times import timestamp
from laurels_server.usecases.learners import Learners, ProfileChange

_MASKABLE = frozenset({"display_name", "group_ids"})
_GROUPS_MOST = 32


class UserServicer(UserServiceServicer):
    """Registers and changes learners, and tells about them."""

    def __init__(self, learners: Learners) -> None:
        self._learners = learners

    async def UpsertUsers(
        self, request: pb.UpsertUsersRequest, context: object
    ) -> pb.UpsertUsersResponse:
        """Registers or changes learners, all or none."""
        checks = Checks()
        checks.count("users", request.users)
        mask = checks.mask(request.update_mask.paths, _MASKABLE)
        checks.distinct("users", "user_id", (user.user_id for user in request.users))
        changes = [
            _change(user, mask, checks.within(f"users[{index}]"))
            for index, user in enumerate(request.users)
        ]
        checks.done()
        profiles = await self._learners.upsert(changes, validate_only=request.validate_only)
        return pb.UpsertUsersResponse(users=[_message(profile) for profile in profiles])

    async def GetUser(self, request: pb.GetUserRequest, context: object) -> pb.GetUserResponse:
        """Returns one learner."""
        checks = Checks()
        user_id = checks.identifier("user_id", request.user_id)
        checks.done()
        return pb.GetUserResponse(user=_message(await self._learners.get(user_id)))


def _change(user: pb.User, mask: frozenset[str], checks: Checks) -> ProfileChange:
    return ProfileChange(
        user_id=checks.identifier("user_id", user.user_id),
        display_name=checks.text("display_name", user.display_name, NAME_MOST),
        group_ids=checks.identifiers("group_ids", user.group_ids, _GROUPS_MOST),
        replaces=mask,
    )


def _message(profile: Profile) -> pb.User:
    return pb.User(
        user_id=profile.user_id,
        display_name=profile.display_name,
        group_ids=profile.group_ids,
        total_xp=profile.total_xp,
        registered_at=timestamp(profile.registered_at),
    )
