"""`laurels dev`: everything on this machine, with sample data."""

import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from laurels_server import app
from laurels_server.cli.flags import load, settings_flags
from laurels_server.cli.running import run
from laurels_server.cli.service import log_as, serve_until_signal, supervised
from laurels_server.cli.setting_checks import warn_of_strangers
from laurels_server.config import Settings
from laurels_server.embedded.files import POSTGRES_PASSWORD


@click.command()
@settings_flags()
def dev(**flags: str | None) -> None:
    """Serve over a PostgreSQL and a Valkey of its own, with sample data.

    Their data stays under LAURELS_DATA_DIR. With LAURELS_DATABASE_URL or LAURELS_REDIS_URL set,
    that server is used instead; with both, none is started. One of its own that ends is started
    again. Ends with a signal, with their data kept. Exits 1 when a setting is wrong or a server
    does not start.

    \b
    Example:
      laurels dev --listen 127.0.0.1:50077 --data-dir .laurels2
    """
    settings = load(flags)
    log_as(settings)
    warn_of_strangers()
    if settings.database_url and settings.redis_url:
        _develop(settings)
        return
    try:
        # An extra, which servers in production go without.
        from laurels_server.embedded.keeper import kept_running  # noqa: PLC0415
        from laurels_server.embedded.servers import (  # noqa: PLC0415
            EmbeddedServerError,
            embedded_servers,
        )
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
    more = ""
    try:
        with embedded_servers(settings.data_dir) as servers:
            urls = {
                "database_url": settings.database_url or servers.database_url,
                "redis_url": settings.redis_url or servers.redis_url,
            }
            if not settings.database_url:
                more = _way_to_postgresql(settings.data_dir, servers.postgres.port)
            with kept_running([servers.postgres, servers.valkey]):
                _develop(settings.model_copy(update=urls), asked_to_stop, more)
    except EmbeddedServerError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(0)


def _develop(settings: Settings, asked_to_stop: Sequence[int] = (), more: str = "") -> None:
    """Serves with the sample in an up-to-date database; `more` ends what is printed then."""

    def greet(address: str, loaded: bool) -> None:
        click.echo(_greeting(address, loaded=loaded) + more)

    async def welcome(server: app.App) -> None:
        greet(server.address, await server.load_sample())

    if settings.workers > 1:
        supervised(settings, announce=greet, migrate_first=True, asked_to_stop=asked_to_stop)
    else:
        run(serve_until_signal(settings, welcome, migrate_first=True, asked_to_stop=asked_to_stop))


def _way_to_postgresql(data_dir: Path, port: int) -> str:
    """How other programs reach our PostgreSQL: the shell puts the password in, we print none."""
    password = shlex.quote(str(data_dir / POSTGRES_PASSWORD))
    return f"""
Its PostgreSQL, which `laurels import`, `migrate` and `doctor` find by LAURELS_DATA_DIR:

  "postgresql://laurels:$(cat {password})@127.0.0.1:{port}/laurels"
"""


def _greeting(address: str, *, loaded: bool) -> str:
    """What to try."""
    about = "20 levels and 50 learners were loaded" if loaded else "your data was kept"
    return f"""
Laurels serves on {address}; {about}. Ctrl-C stops it. Try:

  grpcurl -plaintext -d '{{"request_id": "try-1", "user_id": "scout-001", "level_id": "puk_u1_l1",
    "score": 100, "total_questions": 5, "correct_answers": 5}}' \\
    {address} laurels.v1.ProgressService/SubmitProgress

  grpcurl -plaintext {address} laurels.v1.LeaderboardService/GetLeaderboard

  grpcurl -plaintext -d '{{"user_id": "scout-001", "neighbors": 2}}' \\
    {address} laurels.v1.LeaderboardService/GetStanding
"""
