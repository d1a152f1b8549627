"""What commands that make one call share: their flags, and how their answers are shown."""

from collections.abc import Callable, Coroutine
from typing import Any

import click

from laurels_server.cli.ending import DONE
from laurels_server.cli.flags import listen_flag, timeout_flag
from laurels_server.cli.running import operate
from laurels_server.cli.text import echo_json
from laurels_server.rpc.operator import Json, Operator, connected

EXIT_CODES = (
    "Exits 0 when it was done; 1 when the server refused it, and would again; 2 when it could not "
    "be done: no answer, none in time, or a server that asks to come again later."
)
"""For the end of a command's help."""


def one_call(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command --listen, --timeout and --json."""
    as_json = click.option(
        "--json", "as_json", is_flag=True, help="Print the answer as one JSON document."
    )
    return listen_flag(timeout_flag(as_json(command)))


def answer(
    call: Callable[[Operator], Coroutine[Any, Any, Json]],
    show: Callable[[Json], None],
    *,
    listen: str | None,
    timeout: float,
    as_json: bool,
    retry: bool = False,
) -> None:
    """Makes the call, and shows its answer to people, or as JSON."""

    async def work(address: str) -> int:
        async with connected(address, timeout_s=timeout, retry=retry) as server:
            told = await call(server)
        (echo_json if as_json else show)(told)
        return DONE

    operate(listen, work)
