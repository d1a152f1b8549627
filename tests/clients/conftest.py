"""What the tests of all clients share, and the table they leave in the summary."""

from pathlib import Path

import pytest

from laurels_server.embedded.servers import EmbeddedServers
from tests.clients.certificate import Certificate, make_certificate
from tests.clients.outcomes import Outcome, run_all
from tests.clients.table import TABLE
from tests.clients.toolchains import RUNNERS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
async def outcomes(
    request: pytest.FixtureRequest, servers: EmbeddedServers, certificate: Certificate
) -> dict[str, Outcome]:
    """Of every client whose test was selected and whose tools are here."""
    selected = {item.name for item in request.session.items}
    runners = [
        runner
        for runner in RUNNERS
        if f"test_a_client_carries_out_the_scenario[{runner.name}]" in selected
        and not runner.missing()
    ]
    scenario = Path(__file__).parents[2] / "clients/conformance/scenario.json"
    return await run_all(runners, scenario, servers, certificate)


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines := TABLE.lines():
        terminalreporter.section("clients x steps")
        for line in lines:
            terminalreporter.write_line(line)
