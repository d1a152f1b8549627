"""`laurels audit`."""

import click

from laurels_server.cli.ending import DONE, REFUSED
from laurels_server.cli.flags import listen_flag
from laurels_server.cli.report import Report
from laurels_server.cli.running import operate
from laurels_server.rpc import operator
from laurels_server.rpc.operator import Json, OperatorError


@click.command()
@listen_flag
@click.option("--user", metavar="ID", help="Only this learner.")
@click.option("--repair", is_flag=True, help="Build the board anew if anything about it is wrong.")
def audit(listen: str | None, user: str | None, repair: bool) -> None:
    """Check that everything adds up on a running server.

    Compares the ledger, totals, progress and the board, also while the server is used. Prints
    findings, with a progress bar on a terminal and as JSON lines elsewhere. Exits 0 when everything
    adds up, 1 on any finding, mended or not, or where there is no such learner, and 2 when it could
    not look at everything, or could not repair.

    \b
    Examples:
      laurels audit --user scout-001
      laurels audit | grep '"finding"'
    """
    operate(listen, lambda address: _audit(address, user, repair))


async def _audit(address: str, user_id: str | None, repair: bool) -> int:
    with Report() as report:
        if user_id is None:
            summary = await _audit_all(report, address, repair)
        else:
            summary = await _audit_user(report, address, user_id, repair)
        report.summary(summary)
    return REFUSED if summary["findings"] else DONE


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
