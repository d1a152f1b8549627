"""Finds the load generators that others have written, or builds them in `bench/build`."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from bench.programs import ProgramFailed, output_of

_GHZ = "github.com/bojand/ghz/cmd/ghz@v0.121.0"
_BUILT = Path(__file__).with_name("build")
_BUILD_LIMIT_S = 90.0


@cache
def h2load() -> str | None:
    """nghttp2's generator (Debian's nghttp2-client), if this machine has it."""
    return shutil.which("h2load")


@cache
def ghz() -> str | None:
    """ghz, if this machine has it or once it is built."""
    built = _BUILT / "ghz"
    return shutil.which("ghz") or (str(built) if built.exists() else None)


async def prepare(say: Callable[[str], None]) -> None:
    """Builds what can be built, and says what is missing."""
    if ghz() is None and (go := shutil.which("go")) is not None:
        say("building ghz")
        with suppress(ProgramFailed):  # without the network, say; what is missing is told below
            await output_of("env", f"GOBIN={_BUILT}", go, "install", _GHZ, limit_s=_BUILD_LIMIT_S)
        ghz.cache_clear()
    for name, found, how in (
        ("ghz", ghz(), "Go builds it"),
        ("h2load", h2load(), "Debian's nghttp2-client has it"),
    ):
        if found is None:
            say(f"{name} is MISSING ({how}): our own load generator takes its part")


def facts() -> list[tuple[str, str]]:
    """Who sends which calls."""
    return [
        ("SubmitProgress and GetStanding sent by", "ghz" if ghz() else "bench/load.py"),
        ("GetLeaderboard sent by", "h2load" if h2load() else "bench/load.py"),
        ("BatchSubmitProgress sent by", "bench/load.py"),
    ]
