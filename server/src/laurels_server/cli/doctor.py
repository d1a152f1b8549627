"""`laurels doctor`: what is wrong with a server and its stores, and what to do."""

import asyncio
import dataclasses
import sys
from collections import Counter

import click

from laurels_server.cli.dev_servers import with_dev_servers
from laurels_server.cli.ending import DONE, REFUSED, UNDONE
from laurels_server.cli.flags import load, reachable, settings_flags
from laurels_server.cli.running import run
from laurels_server.cli.server_checks import examine_clocks, examine_relay, examine_server
from laurels_server.cli.setting_checks import examine_settings
from laurels_server.cli.tables import on_terminal
from laurels_server.cli.text import echo_json, printable
from laurels_server.config import Settings
from laurels_server.usecases.doctor import Check, Verdict, examine_postgres, examine_redis

_COLOURS = {Verdict.WELL: "green", Verdict.WRONG: "red", Verdict.UNSEEN: "yellow"}


@click.command()
@settings_flags(("listen", "database_url", "redis_url", "data_dir", "metrics_listen"))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON document.")
def doctor(as_json: bool, **flags: str | None) -> None:
    """Find what is wrong with a server and its stores.

    Looks at the settings in this environment, at PostgreSQL (the connection, migrations,
    synchronous_commit), Redis (the connection, the database, maxmemory-policy), the server, how far
    its relay is behind, and how far the clocks are apart. Changes nothing. Run it with the settings
    of the server, where the server runs; where they name no stores, those of `laurels dev` in
    LAURELS_DATA_DIR are looked at.

    Says of each what it saw and, unless all is well, what to do. In a pipe each is a line with tabs
    between: verdict, name, what was seen, what to do. With --json it is {"checks": [{"name",
    "verdict": "well" | "wrong" | "unseen", "saw", "advice"}]}.

    Exits 0 when all is well, 1 when something is wrong, and 2 when nothing is but it could not look
    at everything.

    \b
    Examples:
      laurels doctor
      laurels doctor --json | jq -r '.checks[] | select(.verdict != "well") | .advice'
    """
    checks = _unreadable(flags) or run(examine(with_dev_servers(load(flags))))
    if as_json:
        echo_json({"checks": [dataclasses.asdict(check) for check in checks]})
    else:
        _show(checks)
    verdicts = Counter(check.verdict for check in checks)
    if verdicts[Verdict.WRONG]:
        sys.exit(REFUSED)
    sys.exit(UNDONE if verdicts[Verdict.UNSEEN] else DONE)


def _unreadable(flags: dict[str, str | None]) -> list[Check]:
    """What is wrong with settings that cannot even be read, so that nothing can be looked at."""
    try:
        load(flags)
    except click.ClickException as error:
        told = Check("settings", Verdict.WRONG, error.message, "Mend it, and look again.")
        return [*(check for check in examine_settings() if check.verdict is not Verdict.WELL), told]
    return []


async def examine(settings: Settings) -> list[Check]:
    """Everything that is looked at, in the order in which it is told."""
    address = reachable(settings.listen)
    postgres, redis, server = await asyncio.gather(
        examine_postgres(settings),
        examine_redis(settings),
        examine_server(address, settings.metrics_listen),
    )
    return [
        *examine_settings(),
        *postgres.checks,
        *redis.checks,
        *server.checks,
        *await examine_relay(address, server, postgres.clock),
        *examine_clocks([postgres.clock, redis.clock, server.clock]),
    ]


def _show(checks: list[Check]) -> None:
    if not on_terminal():
        for check in checks:
            cells = (check.verdict, check.name, check.saw, check.advice)
            click.echo("\t".join(map(printable, cells)))
        return
    width = max(len(check.name) for check in checks)
    for check in checks:
        click.secho(f"{check.verdict:7}", fg=_COLOURS[check.verdict], nl=False)
        click.echo(f"{check.name:{width}}  {printable(check.saw)}")
        if check.advice:
            click.secho(f"{'':{width + 9}}{check.advice}", bold=True)
