"""Breaks the system again and again, by a schedule that a seed gives."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.history.recorder import Recorder
from tests.faults.history.system import System
from tests.faults.matrix import FULL


class Harm(StrEnum):
    """What is done, and undone a little later."""

    KILL_SERVER = "kill -9 a server"
    FREEZE_SERVER = "freeze a server"
    KILL_POSTGRES = "kill -9 PostgreSQL"
    FREEZE_POSTGRES = "freeze PostgreSQL"
    TERMINATE_BACKENDS = "terminate backends"
    LOCK_ROWS = "lock learners' rows"
    KILL_VALKEY = "kill -9 Valkey"
    EMPTY_VALKEY = "kill -9 Valkey, start it empty"
    FREEZE_VALKEY = "freeze Valkey"
    FLUSHALL = "FLUSHALL"
    DELETE_BOARD = "delete the board"


_LASTING_S = {
    Harm.KILL_SERVER: (0.1, 1.0),
    Harm.FREEZE_SERVER: (0.5, 3.0),
    Harm.KILL_POSTGRES: (0.1, 1.0),
    # Longer than many deadlines: some calls must fail that are booked all the same. In full also
    # longer than the servers' own patience, 4 s.
    Harm.FREEZE_POSTGRES: (1.5, 6.0 if FULL else 3.0),
    Harm.TERMINATE_BACKENDS: (0.0, 0.0),
    Harm.LOCK_ROWS: (1.0, 1.0),
    Harm.KILL_VALKEY: (0.1, 1.0),
    Harm.EMPTY_VALKEY: (0.1, 1.0),
    Harm.FREEZE_VALKEY: (0.5, 2.0),
    Harm.FLUSHALL: (0.0, 0.0),
    Harm.DELETE_BOARD: (0.0, 0.0),
}
"""The shortest and the longest, in seconds."""

_AT_WORK = (Harm.KILL_SERVER, Harm.FREEZE_POSTGRES, Harm.FREEZE_VALKEY)
"""Done only to a system at work: that callers meet them must not be left to luck."""

_AT_WORK_ANSWERS = 30

_PAUSE_S = (0.4, 1.2)
"""From the beginning of one to that of the next: some overlap."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One harm to come: how long after the one before, and for how long."""

    after_s: float
    harm: Harm
    lasting_s: float
    server: int
    """Which one, where it is done to a server."""
    seed: float
    """For what is chosen only when it is done."""


@dataclass(slots=True)
class Struck:
    """A harm done, by the clock of this machine."""

    harm: Harm
    server: int
    began: float
    ended: float = float("inf")


def schedule(seed: str, *, rounds: int, servers: int) -> list[Strike]:
    """Every harm once a round, in an order of its own."""
    chance = random.Random(f"{seed}:nemesis")
    strikes: list[Strike] = []
    for _ in range(rounds):
        for harm in chance.sample(list(Harm), len(Harm)):
            strikes.append(
                Strike(
                    chance.uniform(*_PAUSE_S),
                    harm,
                    chance.uniform(*_LASTING_S[harm]),
                    chance.randrange(servers),
                    chance.random(),
                )
            )
    return strikes


class Nemesis:
    """Strikes as scheduled. What meets the same process waits until the one before is undone."""

    def __init__(self, system: System, recorder: Recorder) -> None:
        """`recorder` is that of the callers."""
        self._system = system
        self._recorder = recorder
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.struck: list[Struck] = []

    async def run(self, strikes: Sequence[Strike]) -> None:
        """Ends when the last harm is undone."""
        async with asyncio.TaskGroup() as tasks:
            for strike in strikes:
                await asyncio.sleep(strike.after_s)
                tasks.create_task(self._strike(strike))

    async def _strike(self, strike: Strike) -> None:
        async with self._turns[_target(strike)]:
            if strike.harm in _AT_WORK:
                await self._recorder.until_answered(_AT_WORK_ANSWERS)
            struck = Struck(strike.harm, strike.server, time.time())
            self.struck.append(struck)
            await self._harm(strike)
            struck.ended = time.time()

    async def _harm(self, strike: Strike) -> None:
        system, server, lasting_s = self._system, strike.server, strike.lasting_s
        match strike.harm:
            case Harm.KILL_SERVER:
                system.kill_server(server)
                await asyncio.sleep(lasting_s)
                await system.start_server(server)
            case Harm.FREEZE_SERVER:
                system.freeze_server(server)
                await asyncio.sleep(lasting_s)
                system.thaw_server(server)
            case Harm.KILL_POSTGRES:
                await system.kill_postgres()
                await asyncio.sleep(lasting_s)
                await system.start_postgres()
            case Harm.FREEZE_POSTGRES:
                system.postgres.pause()
                await asyncio.sleep(lasting_s)
                system.postgres.resume()
            case Harm.TERMINATE_BACKENDS:
                await self._terminate_backends(random.Random(strike.seed))
            case Harm.LOCK_ROWS:
                await self._lock_rows(strike)
            case Harm.KILL_VALKEY:
                await system.kill_valkey()
                await asyncio.sleep(lasting_s)
                await system.start_valkey(empty=False)
            case Harm.EMPTY_VALKEY:
                await system.kill_valkey()
                await asyncio.sleep(lasting_s)
                await system.start_valkey(empty=True)
            case Harm.FREEZE_VALKEY:
                system.valkey.pause()
                await asyncio.sleep(lasting_s)
                system.valkey.resume()
            case Harm.FLUSHALL:
                await system.flush_valkey()
            case Harm.DELETE_BOARD:
                await system.delete_board()

    async def _terminate_backends(self, chance: random.Random) -> None:
        """Half of those of the servers, whatever they are doing."""
        async with self._system.connected() as sql:
            pids = [
                row["pid"]
                for row in await sql.fetch("""SELECT pid FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'laurels'
                     ORDER BY pid""")
            ]
            chosen = chance.sample(pids, (len(pids) + 1) // 2)
            await sql.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", chosen)

    async def _lock_rows(self, strike: Strike) -> None:
        """As somebody's open psql session would."""
        async with self._system.connected() as sql, sql.transaction():
            rows = await sql.fetch("SELECT learner_key FROM users ORDER BY learner_key")
            keys = random.Random(strike.seed).sample([row["learner_key"] for row in rows], 3)
            await sql.execute(
                "SELECT FROM users WHERE learner_key = ANY($1) ORDER BY learner_key FOR UPDATE",
                keys,
            )
            await asyncio.sleep(strike.lasting_s)


def _target(strike: Strike) -> str:
    """What a harm is done to."""
    match strike.harm:
        case Harm.KILL_SERVER | Harm.FREEZE_SERVER:
            return f"server {strike.server}"
        case Harm.KILL_POSTGRES | Harm.FREEZE_POSTGRES | Harm.TERMINATE_BACKENDS | Harm.LOCK_ROWS:
            return "PostgreSQL"
        case _:
            return "Valkey"
