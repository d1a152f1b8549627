"""The bench of the Python client works, here with a few calls."""

import pytest

from bench import client

A_FEW = client.Plan(rounds=20, rounds_of_many=3)


@pytest.fixture(scope="module")
async def rows(tmp_path_factory: pytest.TempPathFactory) -> list[client.Row]:
    return await client.run(A_FEW, tmp_path_factory.mktemp("client"))


def test_both_forms_are_held_to_bare_stubs(rows: list[client.Row]) -> None:
    assert {row.title for row in rows} == {
        f"{rpc}, {form}"
        for rpc in ("SubmitProgress", "GetStanding")
        for form in ("sync, 1 caller", "async, 1 caller", "async, 16 callers")
    }
    assert all(bare > 0 < ours for row in rows for bare, ours in row.rounds)
    assert {line.bar for line in client.lines(rows)} == {1.05}


def test_what_is_kept_shows_every_row(rows: list[client.Row]) -> None:
    section = client.section(A_FEW, rows, [], elsewhere=0.0)

    assert all(f"| {row.title} " in section for row in rows)
