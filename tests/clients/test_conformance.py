"""Every client carries out the one scenario, against real servers and unfriendly fronts."""

import json
from pathlib import Path

import pytest

from tests.clients.outcomes import Outcome
from tests.clients.table import TABLE
from tests.clients.toolchains import BUILD_LIMIT_S, RUNNERS, Runner

SCENARIO = Path(__file__).parents[2] / "clients/conformance/scenario.json"
STEPS = [step["name"] for step in json.loads(SCENARIO.read_text())["steps"]]


@pytest.mark.timeout(len(RUNNERS) * BUILD_LIMIT_S)
@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.name)
async def test_a_client_carries_out_the_scenario(
    runner: Runner, outcomes: dict[str, Outcome]
) -> None:
    if missing := " and no ".join(runner.missing()):
        TABLE.miss(runner.name, missing)
        pytest.skip(f"the {runner.name} client did NOT run: no {missing}")
    outcome = outcomes[runner.name]
    failed = {step: detail for step, detail in outcome.details.items() if detail}
    for step in outcome.details:
        TABLE.add(runner.name, step, "FAILED" if step in failed else "ok")
    assert not failed, f"{json.dumps(failed, indent=1)}\n{outcome.errors}"
    assert list(outcome.details) == STEPS, outcome.errors
    assert outcome.exit_code == 0
    # What the client cannot see of itself: the very same bytes again, as often as its policy says.
    assert outcome.attempts == {
        "lossy": [1, 2, 2, 2],
        "doubtful": [2, 2],
        # The first call was made again by hand.
        "late": [2, 3],
        "stopping": [4],
        "crowded": [1],
        "failing": [1] * 6,
        "verbose": [1],
        # Two connections, one of them with the wrong token.
        "secure": [2],
    }
    assert outcome.connections["restarting"] == 2
    assert outcome.connections["rolling"] >= 2
