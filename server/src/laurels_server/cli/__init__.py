"""The command `laurels`."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, get_args

import click
import structlog

# Before gRPC is imported: its C core writes to stderr, in lines of its own, what it also raises.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from laurels_server import __version__, app, config, logging
from laurels_server.cli.report import Report
from laurels_server.config import ConfigError, Settings
from laurels_server.rpc import operator
from laurels_server.rpc.operator import Json, OperatorError
from laurels_server.workers.line import Line
from laurels_server.workers.supervisor import Supervisor, WorkersKilled

if sys.platform == "win32":
    _LOOP_FACTORY = None
else:
    import uvloop

    _LOOP_FACTORY = uvloop.new_event_loop

_LOOPBACK = "127.0.0.1"

_UNDONE = 2
"""Exit code of an audit or rebuild that did not reach its end."""

_WORKER = (
    sys.executable,
    # Not what lies in the working folder, whatever it is called.
    "-P",
    "-c",
    "from laurels_server.cli import main; main()",
    "serve",
    "--worker",
)
"""Starts a worker, in a process that has done nothing before."""


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _settings_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command one flag for every setting."""
    for name, field in reversed(Settings.model_fields.items()):
        text = f"{field.description} [{config.PREFIX}{name.upper()}]"
        command = click.option(_flag(name), name, default=None, metavar="VALUE", help=text)(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="laurels")
def main() -> None:
    """Laurels books learners' XP exactly once and ranks them, over gRPC."""


@main.command()
@_settings_flags
@click.option("--worker", is_flag=True, hidden=True, help="Do what standard input says.")
def serve(worker: bool, **flags: str | None) -> None:
    """Serve over your own PostgreSQL and Redis."""
    if worker:
        sys.exit(_run(_work()))
    settings = _load(flags)
    _run(_serve(settings, announce=None) if settings.workers == 1 else _supervise(settings))


@main.command()
@_settings_flags
def dev(**flags: str | None) -> None:
    """Serve over a PostgreSQL and a Valkey of its own, with sample data.

    Their data stays under LAURELS_DATA_DIR. With LAURELS_DATABASE_URL or LAURELS_REDIS_URL set,
    that server is used instead; with both, none is started.
    """
    settings = _load(flags)
    if settings.database_url and settings.redis_url:
        _run(_develop(settings))
        return
    try:
        from laurels_server.embedded.servers import EmbeddedServerError, embedded_servers
    except ImportError:
        raise click.ClickException(
            "`laurels dev` needs the embedded servers: use `make run`, or in the repository "
            "pip install ./clients/python '.[embedded]'"
        ) from None
    # A signal while they start must not strike between the start of a process and the note of it:
    # the first is kept for later, only the second one interrupts.
    asked_to_stop: list[int] = []

    def keep(number: int, _frame: object) -> None:
        asked_to_stop.append(number)
        if len(asked_to_stop) > 1:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, keep)
    try:
        with embedded_servers(settings.data_dir) as servers:
            urls = {
                "database_url": settings.database_url or servers.database_url,
                "redis_url": settings.redis_url or servers.redis_url,
            }
            settings = settings.model_copy(update=urls)
            _run(_develop(settings, asked_to_stop=asked_to_stop))
    except EmbeddedServerError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(0)


@main.command()
@_settings_flags
def migrate(**flags: str | None) -> None:
    """Bring the schema in LAURELS_DATABASE_URL up to date."""
    version = _run(app.migrate(_load(flags)))
    click.echo(f"schema is at version {version}")


@main.command()
@_settings_flags
def health(**flags: str | None) -> None:
    """Exit 0 when the server at LAURELS_LISTEN says SERVING, else 1."""
    serving = _run(operator.is_serving(_address(flags), timeout_s=2.0))
    click.echo("SERVING" if serving else "NOT_SERVING")
    sys.exit(0 if serving else 1)


_listen_flag = click.option(
    "--listen", metavar="ADDRESS:PORT", help="Where the server listens. [LAURELS_LISTEN]"
)


@main.command()
@_listen_flag
@click.option("--user", metavar="ID", help="Only this learner.")
@click.option("--repair", is_flag=True, help="Build the board anew if anything about it is wrong.")
def audit(listen: str | None, user: str | None, repair: bool) -> None:
    """Check that everything adds up on a running server.

    Compares the ledger, totals, progress and the board, also while the server is used. Prints
    findings, with a progress bar on a terminal and as JSON lines elsewhere. Exits 0 when everything
    adds up, 1 on any finding, mended or not, and 2 when it could not look at everything, or could
    not repair.
    """
    _operate(listen, lambda address: _audit(address, user, repair))


@main.command()
@_listen_flag
def rebuild(listen: str | None) -> None:
    """Build a running server's board in Redis anew.

    From PostgreSQL; readers have the old one until then. Exits 2 when it could not be done.
    """
    _operate(listen, _rebuild)


@main.command(name="config")
def show_config() -> None:
    """Print every setting with its type, default and meaning."""
    for name, field in Settings.model_fields.items():
        default = str(field.default) or "none"
        kind = _kind(field.annotation)
        click.echo(f"{config.PREFIX}{name.upper()}  {_flag(name)}  {kind}, default {default}")
        click.echo(f"    {field.description}")


def _kind(annotation: object) -> str:
    """A setting's type, for people: a name, or the words it can be."""
    if words := get_args(annotation):
        return " | ".join(words)
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _address(flags: dict[str, str | None]) -> str:
    """Where to call the server that these settings describe."""
    host, port = _load(flags).listen.rsplit(":", 1)
    return f"{_LOOPBACK if host in ('0.0.0.0', '[::]') else host}:{port}"


def _load(flags: dict[str, str | None]) -> Settings:
    try:
        settings = config.load(**flags)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    logging.configure(settings.log_level, settings.log_format)
    return settings


def _run(work: Any) -> Any:
    """Runs a coroutine on uvloop where there is one; wrong settings end in one line."""
    try:
        with asyncio.Runner(loop_factory=_LOOP_FACTORY) as runner:
            return runner.run(work)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    except WorkersKilled:
        # The log has said it.
        sys.exit(1)


def _operate(listen: str | None, work: Callable[[str], Coroutine[Any, Any, int]]) -> None:
    """Exits with what the work at a server's address returns, or _UNDONE."""
    try:
        sys.exit(_run(work(_address({"listen": listen}))))
    except (OperatorError, click.ClickException) as error:
        click.echo(f"Error: {error}", err=True)
    except KeyboardInterrupt:
        click.echo("Error: interrupted before the end", err=True)
    except BrokenPipeError:
        # Whoever read has gone. Nothing more can be written, also not while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(_UNDONE)


async def _audit(address: str, user_id: str | None, repair: bool) -> int:
    with Report() as report:
        if user_id is None:
            summary = await _audit_all(report, address, repair)
        else:
            summary = await _audit_user(report, address, user_id, repair)
        report.summary(summary)
    return 1 if summary["findings"] else 0


async def _audit_all(report: Report, address: str, repair: bool) -> Json:
    summary: Json | None = None
    async for event in operator.audit_all(address, repair=repair):
        if "finding" in event:
            report.finding(event["finding"])
        elif "progress" in event:
            report.progress(event["progress"])
        else:
            summary = event["summary"]
    if summary is None:
        raise OperatorError("the audit stopped before its end")
    return summary


async def _audit_user(report: Report, address: str, user_id: str, repair: bool) -> Json:
    findings = await operator.audit_user(address, user_id)
    for finding in findings:
        report.finding(finding)
    about_board = left = operator.about_board(findings)
    if about_board and repair:
        async for step in operator.rebuild(address):
            report.progress({"phase": "AUDIT_PHASE_REPAIR", "share": step["share"]})
        left = operator.about_board(await operator.audit_user(address, user_id))
    return {"learners": 1, "findings": len(findings), "mended": max(0, about_board - left)}


async def _rebuild(address: str) -> int:
    step: Json = {}
    with Report() as report:
        async for step in operator.rebuild(address):
            report.step(step)
        report.built(step)
    return 0


async def _serve(
    settings: Settings,
    announce: Callable[[app.App], Any] | None,
    *,
    migrate_first: bool = False,
    asked_to_stop: Sequence[int] = (),
    line: Line | None = None,
) -> None:
    """Serves until a signal, or not at all when one came before.

    A worker serves until its `line` to the supervisor ends, too.
    """
    stop = asyncio.Event()
    if line is not None:
        line.follow(stop.set, settings.drain_timeout_s)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if asked_to_stop:
        return
    if migrate_first:
        await app.migrate(settings)
    if stop.is_set():
        return
    server = app.App(settings)
    starting = asyncio.create_task(server.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        return
    await starting
    try:
        if announce is not None:
            await announce(server)
        await stopping
    finally:
        await server.stop()


async def _supervise(
    settings: Settings,
    *,
    announce: Callable[[str, bool], None] | None = None,
    migrate_first: bool = False,
    asked_to_stop: Sequence[int] = (),
) -> None:
    """The same with several workers. A second signal ends them at once."""
    supervisor = Supervisor(settings, _WORKER)

    def asked() -> None:
        if supervisor.stop.is_set():
            supervisor.kill.set()
        supervisor.stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked)
    if asked_to_stop:
        return
    if migrate_first:
        await app.migrate(settings)
    if not supervisor.stop.is_set():
        await supervisor.run(lambda tell: app.open_metrics(settings, tell), announce)


async def _work() -> int:
    """A worker's whole life; returns its exit code."""
    opened = await Line.open()
    if opened is None:
        return 0
    line, orders = opened
    settings = orders.settings
    logging.configure(settings.log_level, settings.log_format)
    structlog.contextvars.bind_contextvars(worker=orders.number)

    async def announce(server: app.App) -> None:
        loaded = orders.with_sample and await server.load_sample()
        line.serving(sample_loaded=loaded)

    try:
        await _serve(settings, announce, line=line)
    except ConfigError as error:
        await line.refuse(str(error))
        return 1
    return 0


def _develop(settings: Settings, asked_to_stop: Sequence[int] = ()) -> Coroutine[Any, Any, None]:
    """Serves with the sample in an up-to-date database."""
    if settings.workers > 1:
        return _supervise(
            settings, announce=_greet, migrate_first=True, asked_to_stop=asked_to_stop
        )
    return _serve(settings, _welcome, migrate_first=True, asked_to_stop=asked_to_stop)


async def _welcome(server: app.App) -> None:
    """Loads the sample and prints what to try."""
    _greet(server.address, await server.load_sample())


def _greet(address: str, loaded: bool) -> None:
    """Prints what to try."""
    about = "20 levels and 50 learners were loaded" if loaded else "your data was kept"
    click.echo(
        f"""
Laurels serves on {address}; {about}. Ctrl-C stops it. Try:

  grpcurl -plaintext -d '{{"request_id": "try-1", "user_id": "scout-001", "level_id": "puk_u1_l1",
    "score": 100, "total_questions": 5, "correct_answers": 5}}' \\
    {address} laurels.v1.ProgressService/SubmitProgress

  grpcurl -plaintext {address} laurels.v1.LeaderboardService/GetLeaderboard

  grpcurl -plaintext -d '{{"user_id": "scout-001", "neighbors": 2}}' \\
    {address} laurels.v1.LeaderboardService/GetStanding
"""
    )
