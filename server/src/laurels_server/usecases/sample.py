"""A catalog and learners to try Laurels with: a scout academy."""

from laurels_server.domain.catalog import Level
from laurels_server.usecases.catalog import Levels
from laurels_server.usecases.learners import Learners, ProfileChange

_UNITS = 4
_LEVELS_IN_UNIT = 5
_REWARD = 15
_LEARNERS = 50
_TROOPS = ("troop:falcon", "troop:otter", "troop:heron", "troop:badger", "troop:fox")


def levels() -> list[Level]:
    """`puk_u1_l1` and on: each is worth 15 XP and unlocks the next."""
    names = [
        (unit, number) for unit in range(1, _UNITS + 1) for number in range(1, _LEVELS_IN_UNIT + 1)
    ]
    made: list[Level] = []
    for position, (unit, number) in enumerate(names, start=1):
        made.append(
            Level(
                level_id=f"puk_u{unit}_l{number}",
                title=f"Unit {unit}, level {number}",
                position=position,
                xp_reward=_REWARD,
                prerequisite_level_ids=(made[-1].level_id,) if made else (),
            )
        )
    return made


def learners() -> list[ProfileChange]:
    """`scout-001` to `scout-050`, each in a troop."""
    return [
        ProfileChange(
            user_id=f"scout-{number:03d}",
            display_name=f"Scout {number:03d}",
            group_ids=(_TROOPS[number % len(_TROOPS)],),
            replaces=frozenset({"display_name", "group_ids"}),
        )
        for number in range(1, _LEARNERS + 1)
    ]


async def load(catalog: Levels, registry: Learners) -> bool:
    """Loads the sample into a catalog that was never changed; True if it did."""
    if (await catalog.read()).version > 0:
        return False

    await registry.upsert(learners(), validate_only=False)
    await catalog.upsert(
        [(level.level_id, lambda _, level=level: level) for level in levels()],
        validate_only=False,
    )
    return True
