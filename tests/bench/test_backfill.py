"""The bench of `laurels import` works, here with a few learners."""

import pytest

from bench import backfill
from laurels_server.embedded.servers import EmbeddedServers

LEARNERS = 500


async def test_an_import_is_measured_and_looked_at_afterwards(
    servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    filled = await backfill.run(servers, tmp_path_factory.mktemp("backfill"), LEARNERS, print)

    assert filled.problems == []
    bars = {line.name: line.bar for line in backfill.lines(filled) if line.bar is not None}
    assert bars == {"the import": pytest.approx(0.06)}
    section = backfill.section(filled, [])
    assert all(f"| {line.name} " in section for line in backfill.lines(filled))
