"""A process that starts and stops PostgreSQL for us."""

from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import cast

from laurels_server.embedded.postgres import EmbeddedPostgres


class Elsewhere(BaseManager):
    """Runs PostgreSQL from a process of its own.

    For root a start takes a real fork (the account changes), and in this process, where gRPC runs,
    gRPC's own fork handlers now and then crash the child before it becomes PostgreSQL.
    """

    def postgres(self, folder: Path) -> EmbeddedPostgres:
        """A proxy with the methods below."""
        return cast(EmbeddedPostgres, self._make(folder))

    def _make(self, folder: Path) -> object: ...


_METHODS = ("start", "stop", "kill", "pause", "resume", "url", "delete")
Elsewhere.register("_make", EmbeddedPostgres, exposed=_METHODS)
