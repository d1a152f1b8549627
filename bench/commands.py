"""Runs `laurels audit` and `laurels rebuild` as an operator does, and says what they took."""

import asyncio
import json
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from bench import memory, targets
from bench.targets import LAURELS_COMMAND

_PATIENCE_S = 900.0


class CommandFailed(Exception):
    """A command did not reach its end; the message ends with what it said."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command, from its start to its exit: its last line, and the findings before it."""

    seconds: float
    peak_bytes: int
    last: dict[str, Any]
    findings: list[dict[str, Any]]

    def problems(self) -> list[str]:
        """The findings, one line each."""
        return [
            f"the audit found {finding['kind']} {finding['user_id']} {finding['subject']}: "
            f"expected {finding['expected']}, found {finding['found']}"
            for finding in self.findings
        ]


async def audit(address: str) -> Ran:
    """Checks everything. Raises CommandFailed unless it came to an end, clean or not."""
    ran = await _run("audit", address, fine=(0, 1))
    if "summary" not in ran.last:
        raise CommandFailed(f"laurels audit ended without a summary: {ran.last}")
    return ran


async def rebuild(address: str) -> Ran:
    """Builds the board anew. Raises CommandFailed unless it was put in place."""
    ran = await _run("rebuild", address, fine=(0,))
    if not ran.last.get("in_use"):
        raise CommandFailed(f"laurels rebuild put nothing in place: {ran.last}")
    return ran


async def _run(name: str, address: str, fine: tuple[int, ...]) -> Ran:
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        LAURELS_COMMAND,
        name,
        "--listen",
        address,
        env=targets.clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        async with memory.watched(process.pid) as watch:
            output, _ = await asyncio.wait_for(process.communicate(), _PATIENCE_S)
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    seconds = time.monotonic() - started
    if process.returncode not in fine:
        raise CommandFailed(f"laurels {name} failed:\n{output.decode()[-2000:]}")
    lines = [json.loads(line) for line in output.splitlines()]
    findings = [line["finding"] for line in lines if "finding" in line]
    return Ran(seconds, watch.peak_bytes, lines[-1], findings)
