"""Both servers together, under a lock: what `laurels dev` and the tests use."""

import fcntl
import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedServerError", "EmbeddedServers", "embedded_servers", "temporary_servers"]


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """The running pair."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    @property
    def database_url(self) -> str:
        """The PostgreSQL database `laurels`, with its password."""
        return self.postgres.url()

    @property
    def redis_url(self) -> str:
        """The Valkey database 0."""
        return self.valkey.url


@contextmanager
def embedded_servers(data_dir: Path) -> Generator[EmbeddedServers]:
    """Run both servers on the data in `data_dir`, which is created when missing.

    Servers that an earlier process left running there (it was killed) are stopped first; nothing
    they stored is lost. Raises `EmbeddedServerError` when another process uses the folder or a
    server does not start; whatever happens, both are stopped on the way out.
    """
    with _locked(data_dir), ExitStack() as stack:
        valkey = EmbeddedValkey(data_dir)
        stack.callback(valkey.stop)
        valkey.launch()  # reads its data while PostgreSQL starts
        postgres = stack.enter_context(EmbeddedPostgres(data_dir))
        valkey.wait_until_ready()
        yield EmbeddedServers(postgres, valkey)


@contextmanager
def temporary_servers() -> Generator[EmbeddedServers]:
    """Run both servers on an empty folder and leave nothing of it: for tests and benchmarks.

    Deleting the folder would not be enough as root, where the cluster may be kept elsewhere.
    """
    with tempfile.TemporaryDirectory(prefix="laurels-") as place:
        data_dir = Path(place)
        try:
            with embedded_servers(data_dir) as servers:
                yield servers
        finally:
            EmbeddedPostgres(data_dir).delete()


@contextmanager
def _locked(data_dir: Path) -> Generator[None]:
    """Hold the folder's lock. It ends with our process, however that ends; children lack it."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / "lock").open("a+")
    except OSError as error:
        raise EmbeddedServerError(f"{data_dir} cannot be the data folder: {error}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise EmbeddedServerError(
                f"another laurels dev (pid {file.read().strip()}) already uses "
                f"{data_dir.resolve()}; stop it, or set LAURELS_DATA_DIR to another folder"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
