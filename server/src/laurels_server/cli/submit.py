"""`laurels submit`: one attempt at a level."""

import asyncio
import uuid

import click

from laurels_server.cli.calling import EXIT_CODES, answer, one_call
from laurels_server.cli.flags import INT32_MOST
from laurels_server.cli.text import printable
from laurels_server.rpc.operator import Json, Operator, OperatorError

_QUESTIONS_MOST = 10_000
_SECONDS_MOST = 365 * 86_400
"""As SubmitProgressRequest says."""


@click.command(epilog=EXIT_CODES)
@click.argument("user_id")
@click.argument("level_id")
@one_call
@click.option(
    "--correct",
    type=click.IntRange(0, _QUESTIONS_MOST),
    metavar="NUMBER",
    help="Questions answered correctly, at most --total; all where not given.",
)
@click.option(
    "--total",
    type=click.IntRange(1, _QUESTIONS_MOST),
    default=5,
    show_default=True,
    metavar="NUMBER",
    help="Questions asked, 1-10000.",
)
@click.option(
    "--score",
    type=click.IntRange(0, INT32_MOST),
    default=0,
    metavar="NUMBER",
    help="To record; never pays XP.",
)
@click.option(
    "--seconds",
    "time_spent_seconds",
    type=click.IntRange(0, _SECONDS_MOST),
    default=0,
    metavar="NUMBER",
    help="How long the attempt took, at most a year.",
)
@click.option(
    "--request-id",
    metavar="ID",
    help="Under which it counts once, however often it is sent; a new one where not given.",
)
def submit(
    *,
    user_id: str,
    level_id: str,
    listen: str | None,
    timeout: float,
    as_json: bool,
    correct: int | None,
    total: int,
    request_id: str | None,
    **recorded: int,
) -> None:
    """Submit one attempt at a level.

    A server that is away is asked four times, under one request id. Where even then nobody can tell
    whether the attempt was booked, the error names that id: submit again with it. With --json it is
    a SubmitProgressResponse, with the field names of the proto.

    \b
    Examples:
      laurels submit scout-001 puk_u1_l1
      laurels submit scout-001 puk_u1_l2 --correct 3 --total 5 --request-id try-7 --json
    """
    if request_id == "":
        # As from a variable that was never set: a new id for each try would count each.
        raise click.BadParameter("must not be empty", param_hint="--request-id")
    request_id = request_id or str(uuid.uuid4())
    again = f"nobody can tell whether it was booked: repeat it with --request-id {request_id}"

    async def call(server: Operator) -> Json:
        try:
            return await server.submit(
                user_id=user_id,
                level_id=level_id,
                total_questions=total,
                correct_answers=total if correct is None else correct,
                request_id=request_id,
                **recorded,
            )
        except OperatorError as error:
            if error.definite:
                raise
            raise OperatorError(f"{error}; {again}", reason=error.reason, definite=False) from None
        except asyncio.CancelledError:
            raise OperatorError(f"interrupted before the answer; {again}", definite=False) from None

    answer(call, _show, listen=listen, timeout=timeout, as_json=as_json, retry=True)


def _show(told: Json) -> None:
    verb = "passed" if told["passed"] else "tried"
    words = (
        f"{told['user_id']} {verb} {told['level_id']}: {told['xp_earned']:,} XP earned, "
        f"{told['total_xp']:,} in all"
    )
    if unlocked := told["unlocked_level_ids"]:
        words += f"; unlocked {', '.join(unlocked)}"
    if told["replayed"]:
        words += " (booked before; nothing was counted twice)"
    click.echo(printable(words))
