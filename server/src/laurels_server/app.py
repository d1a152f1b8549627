"""The only place that wires things together."""

import asyncio
import contextlib
import time
from typing import Self, cast

from laurels_server.config import OFF, ConfigError, Settings
from laurels_server.logging import log
from laurels_server.metrics import POSTGRES_ANSWERS
from laurels_server.metrics.endpoint import Endpoint, Tell
from laurels_server.postgres import schema
from laurels_server.postgres.database import Database
from laurels_server.postgres.engine import Limits, create_engine
from laurels_server.postgres.failures import Busy, StoreFailure
from laurels_server.postgres.probe import Misconfigured, probe
from laurels_server.redis.boards import Boards
from laurels_server.redis.connection import ProjectionAway, ProjectionRefused, connect
from laurels_server.redis.inspection import Inspection
from laurels_server.redis.moves import AnnouncedProjection
from laurels_server.redis.turn import Client as LeaseClient
from laurels_server.redis.turn import LeasedTurn
from laurels_server.rpc.server import AddressTaken, RpcServer, Services
from laurels_server.usecases import sample
from laurels_server.usecases.accounts import Accounts
from laurels_server.usecases.booking import Booking
from laurels_server.usecases.catalog import Levels
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.history import History
from laurels_server.usecases.lanes import Lanes
from laurels_server.usecases.leaderboard import READS_MOST, Leaderboard
from laurels_server.usecases.learners import Learners
from laurels_server.usecases.names import Names
from laurels_server.usecases.operations import Operations
from laurels_server.usecases.pages import Pages
from laurels_server.usecases.relay import Relay
from laurels_server.usecases.verifier import Verifier

_WATCH_S = 1.0
"""How often health looks whether PostgreSQL answers."""

_BUSY_MOST = 5
"""How often in a row it may find every connection taken before it calls that away."""

_REDIS_CONNECTIONS = READS_MOST + 1
"""For readers, and for the relay when it looks whether they would be answered."""

_RELAY_TIMEOUT_MS = 2_000
"""The relay can wait longer for Redis than readers can: starting over would cost more. Readers'
calls are bounded by `Boards`."""

_RELAY_CONNECTIONS = 5
"""For the relay and its calls, a rebuild, an audit and the verifier."""


def open_database(settings: Settings) -> Database:
    """The database of the settings; raises ConfigError when there is none."""
    if not settings.database_url:
        raise ConfigError("database_url", "is not set; or try `laurels dev`, which brings its own")
    reads = max(2, settings.pool_size // 3)
    awards = settings.pool_size - reads
    if awards <= settings.lanes:
        raise ConfigError("pool_size", f"is too small for {settings.lanes} lanes")
    try:
        return Database(
            create_engine(settings.database_url, Limits(pool_size=awards)),
            create_engine(settings.database_url, Limits(pool_size=reads)),
        )
    except ValueError as error:
        raise ConfigError("database_url", f"is wrong: {error}") from None


def open_metrics(settings: Settings, tell: Tell | None = None) -> Endpoint | None:
    """The endpoint of the settings, if any; raises ConfigError when one was asked for in vain.

    It tells the metrics of this process, or those of the workers that `tell` asks for theirs.
    """
    listen = settings.metrics_listen
    if listen == OFF:
        return None
    try:
        return Endpoint(listen, tell)
    except (OSError, UnicodeError) as error:
        if "metrics_listen" in settings.model_fields_set:
            raise _not_listening("metrics_listen", listen) from None
        # A second server on this machine is no reason to fail for want of a default.
        log.warning("metrics_off", address=listen, because=str(error))
        return None


def _check_port(setting: str, listen: str) -> None:
    """gRPC would look it up as the name of a service, for up to half a minute."""
    if int(listen.rpartition(":")[2]) > 65_535:
        raise ConfigError(setting, f"{listen} cannot be listened on: no such port")


def _not_listening(setting: str, listen: str) -> ConfigError:
    return ConfigError(setting, f"{listen} cannot be listened on; is it in use?")


class App:
    """A server with everything it needs. Make it inside the event loop that runs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.database = open_database(settings)
        if not settings.redis_url:
            raise ConfigError("redis_url", "is not set; or try `laurels dev`, which brings its own")
        try:
            self._redis = connect(
                settings.redis_url,
                timeout_ms=max(_RELAY_TIMEOUT_MS, 2 * settings.redis_timeout_ms),
                connections=_REDIS_CONNECTIONS,
            )
            self._relay_redis = connect(
                settings.redis_url, timeout_ms=_RELAY_TIMEOUT_MS, connections=_RELAY_CONNECTIONS
            )
        except ValueError as error:
            raise ConfigError("redis_url", f"is wrong: {error}") from None
        pages = Pages(settings.page_staleness_ms)
        self.projection = AnnouncedProjection(
            self._relay_redis, settings.redis_prefix, moved=pages.drop
        )
        breaker = Breaker(opened=pages.drop)
        self._turn = LeasedTurn(
            # Its types tell the two kinds of client apart by overloads, which fit no protocol.
            cast(LeaseClient, self._relay_redis),
            settings.redis_prefix,
        )
        self.relay = Relay(self.database, self.projection, breaker, self._turn)
        names = Names(self.database, changed=pages.drop)
        self._boards = Boards(
            self._redis, settings.redis_prefix, timeout_ms=settings.redis_timeout_ms
        )
        inspection = Inspection(self._relay_redis, settings.redis_prefix)
        self.verifier = Verifier(
            self.database, inspection, self.relay, breaker, learners=settings.verify_per_s
        )
        self.services = Services(
            lanes=Lanes(
                Booking(self.database, self.relay.wake),
                lanes=settings.lanes,
                batch_most=settings.batch_most,
                waiting_most=settings.waiting_most,
            ),
            history=History(self.database),
            levels=Levels(self.database),
            learners=Learners(self.database, names, self.relay),
            leaderboard=Leaderboard(
                self.database,
                self._boards,
                breaker,
                names,
                self.relay,
                pages=pages,
            ),
            accounts=Accounts(self.database, self.relay.wake),
            operations=Operations(self.database, inspection, self.relay, breaker, names),
        )
        _check_port("listen", settings.listen)
        if settings.metrics_listen != OFF:
            _check_port("metrics_listen", settings.metrics_listen)
        try:
            self._rpc = RpcServer(
                self.services,
                settings.listen,
                with_reflection=settings.reflection,
                share_port=settings.workers > 1,
            )
        except AddressTaken:
            raise _not_listening("listen", settings.listen) from None
        self._metrics: Endpoint | None = None
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def address(self) -> str:
        """Where it serves; the port is the real one where the settings said 0."""
        host, _ = self._settings.listen.rsplit(":", 1)
        return f"{host}:{self._rpc.port}"

    @property
    def metrics_address(self) -> str:
        """Where it tells its metrics; empty while it does not."""
        return self._metrics.address if self._metrics else ""

    async def start(self) -> None:
        """Serves, as NOT_SERVING until PostgreSQL answers; raises ConfigError if it never does."""
        await self._rpc.start()
        try:
            self._metrics = open_metrics(self._settings)
            await self._wait_for_database()
            POSTGRES_ANSWERS.set(True)
            await self._check_redis()
        except BaseException:
            await self._let_go()
            raise
        self._tasks = [
            asyncio.create_task(self.relay.run(lambda: self._boards.page_from(0, 1))),
            asyncio.create_task(self._turn.listen(self.relay.wake)),
            asyncio.create_task(self._watch_database()),
            asyncio.create_task(self.verifier.run()),
        ]
        await self._rpc.set_serving(True)
        log.info("serving", address=self.address, metrics=self.metrics_address)

    async def stop(self) -> None:
        """Takes no new calls, finishes those under way, and lets go of everything."""
        await self._let_go()
        log.info("stopped")

    async def _let_go(self) -> None:
        await self._rpc.drain(self._settings.drain_timeout_s)
        await self.services.lanes.drain()
        self.relay.stop()
        self._turn.stop()
        self.verifier.stop()
        self._stopping.set()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, BaseException):
                log.error("task_defect", exc_info=ended)
        for client in (self._redis, self._relay_redis):
            await client.aclose()
        await self.database.close()
        if self._metrics:
            await asyncio.to_thread(self._metrics.close)
            self._metrics = None

    async def load_sample(self) -> bool:
        """Loads sample levels and learners into a fresh database; True if it did."""
        return await sample.load(self.services.levels, self.services.learners)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _wait_for_database(self) -> None:
        until = time.monotonic() + self._settings.startup_timeout_s
        waiting = False
        while True:
            try:
                await probe(self.database)
                version = await schema.current_version(self.database)
                break
            except Misconfigured as error:
                raise ConfigError("database_url", f"is refused: {error}") from None
            except StoreFailure as failure:
                if time.monotonic() > until:
                    raise ConfigError("database_url", f"does not answer: {failure}") from None
                if not waiting:
                    log.warning("waiting_for_postgresql", because=str(failure))
                    waiting = True
                await asyncio.sleep(0.2)
        if version is None:
            raise ConfigError("database_url", "has no schema yet; run `laurels migrate`")
        if version != (needed := schema.needed_version()):
            raise ConfigError(
                "database_url",
                f"has schema version {version}, this server needs {needed}; run `laurels migrate`",
            )

    async def _check_redis(self) -> None:
        """Redis may be away at any time; wrong credentials are a mistake to tell at once."""
        try:
            await self.projection.current_name()
        except ProjectionRefused as error:
            raise ConfigError("redis_url", f"is refused: {error}") from None
        except ProjectionAway as away:
            log.warning("redis_away", setting="LAURELS_REDIS_URL", because=str(away))

    async def _watch_database(self) -> None:
        serving = True
        busy = 0
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_S):
                    await self._stopping.wait()
                return
            answers, because = True, ""
            try:
                await probe(self.database)
                busy = 0
            except Busy as failure:
                # A short overload is no reason to send callers away from a server that works.
                busy += 1
                answers, because = busy <= _BUSY_MOST, str(failure)
            except Exception as failure:
                answers, because = False, str(failure)
            POSTGRES_ANSWERS.set(answers)
            if answers != serving:
                serving = answers
                await self._rpc.set_serving(serving)
                log.warning("health_changed", serving=serving, because=because)


async def migrate(settings: Settings) -> str:
    """Brings the database's schema up to date; returns its version. Raises ConfigError."""
    database = open_database(settings)
    try:
        await probe(database)
        await schema.migrate(database)
    except (Misconfigured, StoreFailure) as error:
        raise ConfigError("database_url", f"does not work: {error}") from None
    finally:
        await database.close()
    return schema.needed_version()
