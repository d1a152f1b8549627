"""How much memory a process has held at most."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_LOOK_S = 0.02


@dataclass(slots=True)
class Watch:
    """The peak so far."""

    peak_bytes: int = 0

    def look(self, pid: int) -> None:
        """Does nothing when the process has ended."""
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            self.peak_bytes = max(self.peak_bytes, _peak(pid))


@asynccontextmanager
async def watched(pid: int) -> AsyncGenerator[Watch]:
    """Looks until the end of the block: a command cannot be asked once it has ended."""
    watch = Watch()

    async def look_on() -> None:
        while True:
            watch.look(pid)
            await asyncio.sleep(_LOOK_S)

    looking = asyncio.create_task(look_on())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.wait({looking})


def _peak(pid: int) -> int:
    """The kernel's own high-water mark where it keeps one, else what is held now."""
    with suppress(FileNotFoundError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return psutil.Process(pid).memory_info().rss


def peak_of_each(pid: int) -> int:
    """The most bytes that a process or one of its children has held; a worker is a child."""
    process = psutil.Process(pid)
    return max(_peak(one.pid) for one in (process, *process.children(recursive=True)))
