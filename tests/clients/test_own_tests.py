"""Each client's own tests, which need no server, run with everything else."""

import pytest

from tests.clients.table import TABLE
from tests.clients.toolchains import BUILD_LIMIT_S, RUNNERS, Runner, run

COMMANDS = {
    "typescript": ("node", "--test", "test/"),
    "go": ("go", "test", "./..."),
    "java": ("mvn", "--batch-mode", "--quiet", "test"),
}


@pytest.mark.timeout(2 * BUILD_LIMIT_S)
@pytest.mark.parametrize(
    "runner",
    [runner for runner in RUNNERS if runner.name in COMMANDS],
    ids=lambda runner: runner.name,
)
def test_a_clients_own_tests_pass(runner: Runner) -> None:
    if missing := " and no ".join(runner.missing()):
        TABLE.miss(runner.name, missing)
        pytest.skip(f"the {runner.name} client's own tests did NOT run: no {missing}")
    runner.command()
    run(runner.folder, *COMMANDS[runner.name])
