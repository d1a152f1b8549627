"""Runs commands that end by themselves as an operator does, and says what they took."""

import asyncio
import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import memory, targets
from bench.stores import Store
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
    ran = await _run("audit", "--listen", address, fine=(0, 1))
    if "summary" not in ran.last:
        raise CommandFailed(f"laurels audit ended without a summary: {ran.last}")
    return ran


async def rebuild(address: str) -> Ran:
    """Builds the board anew. Raises CommandFailed unless it was put in place."""
    ran = await _run("rebuild", "--listen", address)
    if not ran.last.get("in_use"):
        raise CommandFailed(f"laurels rebuild put nothing in place: {ran.last}")
    return ran


async def import_files(store: Store, users: Path, progress: Path) -> Ran:
    """Imports two files. Raises CommandFailed unless everything in them was taken."""
    files = ("--users", str(users), "--progress", str(progress))
    return await _run("import", "--json", *files, settings=targets.laurels_settings(store))


async def _run(
    name: str, *words: str, settings: Mapping[str, str] | None = None, fine: tuple[int, ...] = (0,)
) -> Ran:
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(LAURELS_COMMAND, name, *words),
        env=targets.clean_environment() | dict(settings or {}),
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
