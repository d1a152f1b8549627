"""CatalogService."""

from dataclasses import replace

from laurels.v1 import catalog_service_pb2 as pb
from laurels.v1.catalog_service_pb2_grpc import CatalogServiceServicer
from laurels_server.domain.catalog import Level
from laurels_server.domain.xp import XpPolicy
from laurels_server.rpc.checks import Checks
from laurels_server.rpc.tokens import page_token, read_page_token
from laurels_server.usecases.catalog import Change, Levels, in_order

_POLICIES = {
    pb.XP_POLICY_UNSPECIFIED: XpPolicy.FIRST_PASS,
    pb.XP_POLICY_FIRST_PASS: XpPolicy.FIRST_PASS,
    pb.XP_POLICY_BEST_SCORE: XpPolicy.BEST_SCORE,
}
_POLICY_NUMBERS = {
    XpPolicy.FIRST_PASS: pb.XP_POLICY_FIRST_PASS,
    XpPolicy.BEST_SCORE: pb.XP_POLICY_BEST_SCORE,
}
_MASKABLE = frozenset(field.name for field in pb.Level.DESCRIPTOR.fields) - {"level_id"}

_TITLE_MOST = 200
_POSITION_MOST = 1_000_000
_REWARD_MOST = 1_000_000
_PREREQUISITES_MOST = 32
_INT32_MAX = 2**31 - 1


class CatalogServicer(CatalogServiceServicer):
    """Changes the catalog, and tells about it."""

    def __init__(self, levels: Levels) -> None:
        self._levels = levels

    async def UpsertLevels(
        self, request: pb.UpsertLevelsRequest, context: object
    ) -> pb.UpsertLevelsResponse:
        """Creates or changes levels, all or none."""
        checks = Checks()
        checks.count("levels", request.levels)
        mask = checks.mask(request.update_mask.paths, _MASKABLE)
        checks.distinct("levels", "level_id", (level.level_id for level in request.levels))
        given = [
            _level(level, checks.within(f"levels[{index}]"))
            for index, level in enumerate(request.levels)
        ]
        checks.done()
        levels, version = await self._levels.upsert(
            [(level.level_id, _change(level, mask)) for level in given],
            validate_only=request.validate_only,
        )
        return pb.UpsertLevelsResponse(
            levels=[_message(level) for level in levels], catalog_version=version
        )

    async def GetLevel(self, request: pb.GetLevelRequest, context: object) -> pb.GetLevelResponse:
        """Returns one level."""
        level = await self._levels.get(_required_level_id(request.level_id))
        return pb.GetLevelResponse(level=_message(level))

    async def ListLevels(
        self, request: pb.ListLevelsRequest, context: object
    ) -> pb.ListLevelsResponse:
        """Lists the levels by position, then id."""
        checks = Checks()
        size = checks.page_size(request.page_size)
        checks.done()
        scope = ("ListLevels", request.include_retired)
        after: tuple[int | str, ...] | None = None
        if request.page_token:
            after = tuple(read_page_token(request.page_token, scope, (_INT32_MAX, str)))
        levels = [
            level
            for level in in_order(await self._levels.read())
            if (request.include_retired or not level.retired)
            and (after is None or (level.position, level.level_id) > after)
        ]
        shown = levels[:size]
        token = ""
        if len(levels) > size:
            token = page_token(scope, (shown[-1].position, shown[-1].level_id))
        return pb.ListLevelsResponse(
            levels=[_message(level) for level in shown], next_page_token=token
        )

    async def RetireLevel(
        self, request: pb.RetireLevelRequest, context: object
    ) -> pb.RetireLevelResponse:
        """Closes a level to submissions."""
        level = await self._levels.retire(_required_level_id(request.level_id))
        return pb.RetireLevelResponse(level=_message(level))


def _required_level_id(level_id: str) -> str:
    checks = Checks()
    checks.identifier("level_id", level_id)
    checks.done()
    return level_id


def _level(message: pb.Level, checks: Checks) -> Level:
    pass_ratio = message.pass_ratio if message.HasField("pass_ratio") else 1.0
    if not 0 < pass_ratio <= 1:
        checks.wrong("pass_ratio", f"must be above 0 and at most 1, not {pass_ratio:g}")
    if message.xp_policy not in _POLICIES:
        checks.wrong("xp_policy", f"{message.xp_policy} is not an XpPolicy")
    return Level(
        level_id=checks.identifier("level_id", message.level_id),
        title=checks.text("title", message.title, _TITLE_MOST),
        position=checks.number("position", message.position, 0, _POSITION_MOST),
        xp_reward=checks.number("xp_reward", message.xp_reward, 0, _REWARD_MOST),
        max_score=checks.number("max_score", message.max_score, 0, _INT32_MAX),
        pass_ratio=pass_ratio,
        prerequisite_level_ids=checks.identifiers(
            "prerequisite_level_ids", message.prerequisite_level_ids, _PREREQUISITES_MOST
        ),
        xp_policy=_POLICIES.get(message.xp_policy, XpPolicy.FIRST_PASS),
        retired=message.retired,
    )


def _change(given: Level, mask: frozenset[str]) -> Change:
    def change(was: Level | None) -> Level:
        if was is None:
            return given
        return replace(was, **{name: getattr(given, name) for name in mask})

    return change


def _message(level: Level) -> pb.Level:
    return pb.Level(
        level_id=level.level_id,
        title=level.title,
        position=level.position,
        xp_reward=level.xp_reward,
        max_score=level.max_score,
        pass_ratio=level.pass_ratio,
        prerequisite_level_ids=level.prerequisite_level_ids,
        xp_policy=_POLICY_NUMBERS[level.xp_policy],
        retired=level.retired,
    )
