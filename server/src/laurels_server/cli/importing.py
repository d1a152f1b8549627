"""`laurels import`."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import click

from laurels_server.cli.dev_servers import with_dev_servers
from laurels_server.cli.ending import DONE, REFUSED, UNDONE, complain
from laurels_server.cli.flags import load, settings_flags
from laurels_server.cli.import_report import ImportReport
from laurels_server.cli.running import run
from laurels_server.config import ConfigError, Settings
from laurels_server.postgres.failures import StoreFailure
from laurels_server.postgres.imports import staging
from laurels_server.postgres.probe import Misconfigured
from laurels_server.usecases.blocking import Interrupted
from laurels_server.usecases.import_files import Unreadable
from laurels_server.usecases.importing import Import, SchemaOutOfDate

_FILE: Any = click.Path(path_type=Path)


@click.command(name="import")
@click.option("--users", type=_FILE, metavar="FILE", help="The learners and what they have.")
@click.option("--progress", type=_FILE, metavar="FILE", help="Their levels, and what each paid.")
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@click.option(
    "--skip-bad",
    is_flag=True,
    help="Leave out learners with a bad line, and import the others. Without it, a bad line means "
    "that nothing is imported; so does, even with it, a bad line of --progress that does not say "
    "whose it is, and a CSV line whose quotes do not match or that is too long.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@settings_flags(("database_url", "data_dir"))
def import_learners(
    users: Path | None,
    progress: Path | None,
    dry_run: bool,
    skip_bad: bool,
    as_json: bool,
    **flags: str | None,
) -> None:
    """Bring in learners from another system, with what they have and were paid for.

    Works on LAURELS_DATABASE_URL, also while servers run and learners play; where no store is set,
    on the PostgreSQL of the `laurels dev` in LAURELS_DATA_DIR. The files are CSV with a header, or
    JSON lines:

    \b
      users     user_id, total_xp [, display_name, reached_at]
      progress  user_id, level_id, xp_paid, completed_at
                [, best_score or score, attempts, time_spent_seconds]

    Each learner gets one ledger entry of the kind OPENING over their total, which counts since
    reached_at; levels are completed, and paid. Without --users, totals are what the levels paid.
    The same files again change nothing, so an import that was broken off is simply begun again. A
    learner who is here with something else is told of and left alone.

    Exits 0 when all is imported, 1 on any finding, and 2 when it could not be done, or not to its
    end.

    \b
    Examples:
      laurels import --users users.csv --progress progress.csv --dry-run
      laurels import --users users.csv --progress progress.csv
    """
    if users is None and progress is None:
        complain("nothing to import; give --users, --progress or both")
        sys.exit(UNDONE)
    code = UNDONE
    try:
        settings, report = with_dev_servers(load(flags)), ImportReport(as_json=as_json)
        code = run(_import(settings, (users, progress), report, dry_run=dry_run, skip_bad=skip_bad))
        sys.stdout.flush()
    except click.ClickException as error:
        complain(error.format_message())
    except Unreadable as error:
        complain(str(error))
    except StoreFailure as failure:
        complain(f"PostgreSQL failed: {failure}; begin again, nothing is imported twice")
    except (KeyboardInterrupt, asyncio.CancelledError, Interrupted):
        complain("interrupted before the end; begin again, nothing is imported twice")
    sys.exit(code)


async def _import(
    settings: Settings,
    files: tuple[Path | None, Path | None],
    report: ImportReport,
    *,
    dry_run: bool,
    skip_bad: bool,
) -> int:
    if not settings.database_url:
        raise ConfigError("database_url", "is not set")
    task = asyncio.current_task()
    assert task is not None, "the loop runs it as one"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with report:
        try:
            async with staging(settings.database_url) as staged:
                work = Import(staged, *files, report.tell)
                summary = await work.run(dry_run=dry_run, skip_bad=skip_bad)
        except ValueError as error:
            raise ConfigError("database_url", f"is wrong: {error}") from None
        except (Misconfigured, SchemaOutOfDate) as error:
            raise ConfigError("database_url", str(error)) from None
        report.summary(summary, dry_run=dry_run)
    return REFUSED if summary.findings else DONE
