"""The command `laurels`: the list of its commands, each of which is loaded when it is asked for."""

import os

import click

# Before gRPC is imported: its C core writes to stderr, in lines of its own, what it also raises.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from laurels_server import __version__
from laurels_server.cli.group import Commands, Entry

_SERVE, _CALL, _OPERATE, _SHELL = "Serve", "Call a server", "Operate a server", "This command"

COMMANDS = {
    "serve": Entry(_SERVE, "Serve over your own PostgreSQL and Redis."),
    "dev": Entry(_SERVE, "Serve over a PostgreSQL and a Valkey of its own, with sample data."),
    "migrate": Entry(_SERVE, "Bring the schema in LAURELS_DATABASE_URL up to date."),
    "import": Entry(
        _SERVE,
        "Bring in learners from another system, with what they have and were paid for.",
        "importing:import_learners",
    ),
    "config": Entry(_SERVE, "Print every setting with its type, default and meaning."),
    "submit": Entry(_CALL, "Submit one attempt at a level."),
    "board": Entry(_CALL, "Show a page of the leaderboard."),
    "standing": Entry(_CALL, "Show where a learner stands."),
    "entries": Entry(_CALL, "List a learner's ledger, newest first."),
    "simulate": Entry(_CALL, "Have a class of learners play, and say how fast they were answered."),
    "top": Entry(_OPERATE, "Watch the board and the rates as they move."),
    "health": Entry(_OPERATE, "Exit 0 when the server at LAURELS_LISTEN says SERVING, else 1."),
    "doctor": Entry(_OPERATE, "Find what is wrong with a server and its stores."),
    "audit": Entry(_OPERATE, "Check that everything adds up on a running server."),
    "rebuild": Entry(_OPERATE, "Build a running server's board in Redis anew."),
    "completion": Entry(_SHELL, "Print what makes a shell complete `laurels`."),
}
"""Every command by its name, in the order of the help."""


@click.group(
    cls=Commands, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="laurels")
@click.pass_context
def main(context: click.Context) -> None:
    """Laurels books learners' XP exactly once and ranks them, over gRPC.

    \b
    Examples:
      laurels dev                     try it: everything on this machine
      laurels top                     watch the board of the server that runs here
      laurels doctor                  what is wrong, and what to do
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
