"""Levels, what they require, and what that unlocks."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from laurels_server.domain.errors import (
    LevelNotFound,
    PrerequisiteCycle,
    PrerequisiteNotFound,
    TooManyDependents,
)
from laurels_server.domain.xp import XpPolicy

DEPENDENTS_MOST = 100
"""Levels that can require one level: bounds what completing it looks at and answers."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the catalog; limits and meaning stand with the proto message of this name."""

    level_id: str
    title: str = ""
    position: int = 0
    xp_reward: int = 0
    max_score: int = 0
    pass_ratio: float = 1.0
    prerequisite_level_ids: tuple[str, ...] = ()
    xp_policy: XpPolicy = XpPolicy.FIRST_PASS
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """All levels at one version. Immutable; a change makes the next version."""

    version: int
    levels: Mapping[str, Level]
    _dependents: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        dependents: dict[str, list[str]] = {}
        for level in self.levels.values():
            for prerequisite in level.prerequisite_level_ids:
                dependents.setdefault(prerequisite, []).append(level.level_id)
        frozen = {level_id: tuple(sorted(ids)) for level_id, ids in dependents.items()}
        object.__setattr__(self, "_dependents", frozen)

    def level(self, level_id: str) -> Level:
        """The level, retired or not; raises LevelNotFound."""
        try:
            return self.levels[level_id]
        except KeyError:
            raise LevelNotFound(level_id) from None

    def missing(self, level: Level, completed: Collection[str]) -> list[str]:
        """Prerequisites of `level` still to complete, sorted. Retired ones count as met."""
        return sorted(
            prerequisite
            for prerequisite in level.prerequisite_level_ids
            if prerequisite not in completed and not self.levels[prerequisite].retired
        )

    def unlocked_by(
        self, level_id: str, completed: Collection[str], attempted: Collection[str]
    ) -> tuple[str, ...]:
        """Levels that completing `level_id` opens, given all that is completed with it, sorted.

        A level once attempted was open all the while.
        """
        return tuple(
            dependent
            for dependent in self._dependents.get(level_id, ())
            if dependent not in attempted
            and not self.levels[dependent].retired
            and not self.missing(self.levels[dependent], completed)
        )

    def relevant_to(self, level_id: str) -> set[str]:
        """Levels whose completion can matter to an attempt at `level_id`, itself included."""
        around = {level_id, *self._dependents.get(level_id, ())}
        for near in tuple(around):
            if level := self.levels.get(near):
                around.update(level.prerequisite_level_ids)
        return around


def check_prerequisites(levels: Mapping[str, Level], changed: Iterable[Level]) -> None:
    """Raises PrerequisiteNotFound, TooManyDependents or PrerequisiteCycle unless every level can be
    reached, and what each unlocks is bounded.

    `levels` is the whole catalog with the change applied, `changed` what the call names.
    """
    for level in changed:
        for prerequisite in level.prerequisite_level_ids:
            if prerequisite not in levels:
                raise PrerequisiteNotFound(level.level_id, prerequisite)
    required = Counter(p for level in levels.values() for p in level.prerequisite_level_ids)
    for level_id, dependents in required.items():
        if dependents > DEPENDENTS_MOST:
            raise TooManyDependents(level_id, DEPENDENTS_MOST)
    graph = {level_id: level.prerequisite_level_ids for level_id, level in levels.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        raise PrerequisiteCycle(cycle[:-1]) from None
