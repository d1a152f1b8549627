"""The files of a data folder that tell others how to reach its servers.

Imports nothing, so that it can be asked where the servers themselves are not installed.
"""

POSTGRES = "postgres"
VALKEY = "valkey"
"""What the files of each server begin with."""

POSTGRES_PASSWORD = f"{POSTGRES}.password"


def port_file(server: str) -> str:
    """The name of the file with a server's port."""
    return f"{server}.port"
