"""Runs the scenario for several clients at once: most of their time is the pauses of retries."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import asyncpg

from laurels_server.embedded.servers import EmbeddedServers
from tests.clients.certificate import Certificate
from tests.clients.fronts import fronts
from tests.clients.toolchains import Runner
from tests.conftest import TEMPLATE
from tests.e2e.process import serving

RUN_LIMIT_S = 45


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one client's run."""

    details: dict[str, str]
    """What went wrong with each step, by its name; empty where nothing did."""
    exit_code: int | None
    errors: str
    attempts: dict[str, list[int]]
    """How many attempts each call took, by the front that it went through."""
    connections: Counter[str]


async def run_all(
    runners: Sequence[Runner], scenario: Path, servers: EmbeddedServers, certificate: Certificate
) -> dict[str, Outcome]:
    """Each against a server of its own."""
    # One build after the other: each uses all the processors there are.
    commands = [await asyncio.to_thread(runner.command) for runner in runners]
    async with asyncio.TaskGroup() as group:
        tasks = {
            runner.name: group.create_task(_run(runner, command, scenario, servers, certificate))
            for runner, command in zip(runners, commands, strict=True)
        }
    return {name: task.result() for name, task in tasks.items()}


async def _run(
    runner: Runner,
    command: Sequence[str],
    scenario: Path,
    servers: EmbeddedServers,
    certificate: Certificate,
) -> Outcome:
    async with (
        _database(servers, f"client_{runner.name}") as url,
        serving(
            "serve",
            database_url=url,
            redis_url=servers.redis_url,
            redis_prefix=f"client-{runner.name}",
        ) as server,
        fronts(server.address, certificate) as made,
    ):
        places = [f"{name}={place}" for name, place in made.places.items()]
        exit_code, output, errors = await _ended([*command, str(scenario), *places], runner.folder)
        results = [json.loads(line) for line in output.splitlines()]
        return Outcome(
            # Told as wrong unless it says so itself.
            {result["step"]: "" if result["ok"] else result["detail"] or "?" for result in results},
            exit_code,
            errors,
            {name: sorted(front.attempts.values()) for name, front in made.by_name.items()},
            made.connections,
        )


async def _ended(command: Sequence[str], folder: Path) -> tuple[int | None, str, str]:
    """The exit code of a command, none where it had to be stopped, and what it printed."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdout=output, stderr=errors
        )
        exit_code = None
        try:
            exit_code = await asyncio.wait_for(process.wait(), RUN_LIMIT_S)
        except TimeoutError:
            errors.write(f"it was stopped after {RUN_LIMIT_S} s".encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        output.seek(0)
        errors.seek(0)
        return exit_code, output.read().decode(), errors.read().decode()


@asynccontextmanager
async def _database(servers: EmbeddedServers, name: str) -> AsyncGenerator[str]:
    administrator = await asyncpg.connect(servers.postgres.url("postgres"))
    try:
        await administrator.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield servers.postgres.url(name)
        await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await administrator.close()
