"""The log: what it must not tell, and that nothing depends on it."""

import io
import json
import sys
from collections.abc import Generator

import pytest
import structlog

from laurels_server import logging


@pytest.fixture(autouse=True)
def restored() -> Generator[None]:
    yield
    structlog.reset_defaults()


def fail(password: str) -> None:
    raise RuntimeError("no way in")


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_tells_no_values(monkeypatch: pytest.MonkeyPatch, style: str) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logging.configure("INFO", style)  # pyright: ignore[reportArgumentType]

    try:
        fail("hunter" + "2")
    except RuntimeError as error:
        structlog.get_logger().error("defect", exc_info=error)

    assert "no way in" in written.getvalue()
    assert "hunter2" not in written.getvalue()


def test_a_line_is_one_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logging.configure("INFO", "json")

    structlog.get_logger().info("batch", items=3)
    structlog.get_logger().debug("award", user_id="ada")

    [line] = written.getvalue().splitlines()
    assert json.loads(line)["items"] == 3


def test_a_line_is_written_at_once_so_that_workers_do_not_mix_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writes: list[str] = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            writes.append(text)
            return len(text)

    monkeypatch.setattr(sys, "stderr", Stream())
    logging.configure("INFO", "json")

    structlog.get_logger().info("batch", items=3)

    [line] = writes
    assert line.endswith("}\n")


def test_a_log_that_cannot_be_written_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    logging.configure("INFO", "json")

    structlog.get_logger().info("batch", items=3)
