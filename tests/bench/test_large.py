"""The benches of large tables and of a long time work, here with small and short ones."""

from pathlib import Path

import pytest

from bench import bars, plots, scale, soak
from bench.job import Measured
from bench.scale import Scaled
from bench.soak import Soaked
from laurels_server.embedded.servers import EmbeddedServers


@pytest.fixture(scope="module")
async def scaled(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Scaled:
    return await scale.run(scale.QUICK, servers, tmp_path_factory.mktemp("scale"), print)


@pytest.fixture(scope="module")
async def soaked(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    return await soak.run(soak.QUICK, servers, tmp_path_factory.mktemp("soak"), print)


def test_tables_of_every_size_end_with_a_clean_audit(scaled: Scaled) -> None:
    assert scaled.problems == []
    for by_size in scaled.turns.values():
        assert sorted(by_size) == list(scale.QUICK.sizes)
        assert all(turn.measured.items > 0 for turns in by_size.values() for turn in turns)


def test_the_largest_is_held_to_the_smallest(scaled: Scaled) -> None:
    lines = scale.lines(scaled)
    held = [line for line in lines if line.bar is not None]
    assert [(line.name, line.bar) for line in held] == [
        ("SubmitProgress, 10,000 learners", 0.8),
        ("Valkey, for each learner", 150),
    ]
    assert 16 < held[1].value < 1000
    section = scale.section(scale.QUICK, scaled, [])
    assert all(f"| {line.name} " in section for line in lines)
    assert len(bars.entries(lines)) == len(lines)


def test_its_plot_is_a_picture(scaled: Scaled, tmp_path: Path) -> None:
    plots.against_size(scaled, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_soak_ends_with_a_clean_audit_and_tells_of_memory(soaked: Soaked) -> None:
    assert soaked.problems == []
    assert soaked.submitted.items > 0
    assert soaked.read.items > 0
    assert 20e6 < min(soaked.held_bytes) <= soaked.peak_bytes < 1e9
    section = soak.section(soak.QUICK, soaked, [])
    assert all(f"| {line.name} " in section for line in soak.lines(soaked))


def test_memory_that_grows_is_told() -> None:
    some = Measured(1, 0, "", 1, 1, 1)
    grown = Soaked([100] * 50 + [106] * 50, 106, some, some, 0.0, [])
    assert [line.met for line in soak.lines(grown)] == [True, False, None, None]
