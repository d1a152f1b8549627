"""Runs a program that ends by itself."""

import asyncio
import subprocess
from collections.abc import Mapping
from pathlib import Path

_LAST_WORDS = 2000


class ProgramFailed(Exception):
    """It did not end well; the message ends with what it said."""


async def output_of(
    *command: str,
    limit_s: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """What it printed. Raises ProgramFailed; whatever happens, it is not left running."""
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        output, said = await asyncio.wait_for(process.communicate(), limit_s)
    except TimeoutError:
        raise ProgramFailed(f"{command[0]} did not end within {limit_s:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ProgramFailed(f"{command[0]} failed: {(output + said).decode()[-_LAST_WORDS:]}")
    return output.decode()
