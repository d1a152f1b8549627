import pytest

from laurels_server.domain.catalog import DEPENDENTS_MOST, Catalog, Level, check_prerequisites
from laurels_server.domain.errors import (
    PrerequisiteCycle,
    PrerequisiteNotFound,
    TooManyDependents,
)


def levels(**prerequisites: tuple[str, ...]) -> dict[str, Level]:
    return {
        name: Level(name, prerequisite_level_ids=required)
        for name, required in prerequisites.items()
    }


def test_a_tree_of_prerequisites_is_fine() -> None:
    made = levels(a=(), b=("a",), c=("a",), d=("b", "c"))

    check_prerequisites(made, made.values())


@pytest.mark.parametrize(
    "made", [levels(a=("a",)), levels(a=("b",), b=("a",)), levels(a=("c",), b=("a",), c=("b",))]
)
def test_a_circle_is_refused_and_named(made: dict[str, Level]) -> None:
    with pytest.raises(PrerequisiteCycle) as refused:
        check_prerequisites(made, made.values())

    assert set(refused.value.metadata["cycle_level_ids"].split(",")) == set(made)


def test_an_unknown_prerequisite_is_refused() -> None:
    made = levels(a=("z",))

    with pytest.raises(PrerequisiteNotFound) as refused:
        check_prerequisites(made, made.values())

    assert refused.value.metadata == {"level_id": "a", "prerequisite_level_id": "z"}


def test_what_an_attempt_can_touch_is_itself_what_it_needs_and_what_it_may_open() -> None:
    catalog = Catalog(1, levels(a=(), b=(), c=("a", "b"), d=("c",)))

    assert catalog.relevant_to("a") == {"a", "b", "c"}
    assert catalog.relevant_to("c") == {"a", "b", "c", "d"}
    assert catalog.relevant_to("unknown") == {"unknown"}


def test_a_level_that_too_many_require_is_refused() -> None:
    most = levels(a=(), **{f"b{n}": ("a",) for n in range(DEPENDENTS_MOST)})
    check_prerequisites(most, most.values())
    more = most | levels(c=("a",))

    with pytest.raises(TooManyDependents) as refused:
        check_prerequisites(more, more.values())

    assert refused.value.metadata == {"level_id": "a"}
