"""Any sequence of bookings, repeats, relay steps, losses, builds and reads, on the real stores.

Hypothesis chooses what happens; after every step PostgreSQL must be what a small model says, and
Redis must show it as at some moment since its watermark, or nothing. Hiding and erasing learners do
not exist yet and are left out.
"""

from collections.abc import Generator
from typing import Final

import hypothesis
import pytest
import structlog
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from laurels_server.config import Settings
from laurels_server.usecases import leaderboard, passes, rebuild
from tests.faults.matrix import FULL
from tests.faults.sometimes import Sometimes
from tests.faults.state.machine import Laurels
from tests.faults.state.relays import SCAN_MOST, STEP_MOST
from tests.faults.state.sequences import OFTEN_ENOUGH, SEQUENCES, play
from tests.faults.state.world import World

EXAMPLES: Final = 200 if FULL else 15
STEPS: Final = 40

PHASES: Final = [Phase.reuse, Phase.generate, *([Phase.shrink] if FULL else [])]
"""Making a failure small takes minutes: `make faults` does it, also to what `make test` found."""


@pytest.fixture
def world(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Generator[World]:
    for module in (passes, rebuild):
        monkeypatch.setattr(module, "APPLY_MOST", STEP_MOST)
    monkeypatch.setattr(rebuild, "_SCAN_MOST", SCAN_MOST)
    # No relay runs while a read waits for one.
    monkeypatch.setattr(leaderboard, "_CATCH_UP_S", 0.0)
    logging = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    world = World(settings)
    yield world
    world.close()
    structlog.configure(**logging)


@pytest.mark.timeout(1_800 if FULL else 300)
def test_whatever_happens_every_promise_holds(world: World, seed: int) -> None:
    sometimes = Sometimes()

    class Machine(Laurels):
        def __init__(self) -> None:
            super().__init__(world, sometimes)

    for about, steps in SEQUENCES.items():
        print(about)
        play(Machine(), steps)
    directed = str(sometimes)

    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=False,
        print_blob=True,
        phases=PHASES,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(hypothesis.seed(seed)(Machine), settings=settings)

    print(f"By the sequences: {directed}.\nIn all: {sometimes}.")
    assert not sometimes.never_seen(OFTEN_ENOUGH)
