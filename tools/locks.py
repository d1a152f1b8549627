"""Ties the lock files to the requirements they were made from.

`seal` puts a digest of the requirements and of the lock itself at the head of each lock;
`check` tells, without a network, when either has changed since, or when a lock names a
place to download from or leaves a package without a hash.
"""

import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path

PROJECTS = [Path("pyproject.toml"), Path("clients/python/pyproject.toml")]
HEADER = "# Written by `make lock`; not to be edited by hand. Digest: "


def requirements() -> str:
    """Everything in the pyproject files that decides what a lock holds."""
    parts: list[object] = []
    for path in PROJECTS:
        table = tomllib.loads(path.read_text())
        project = table["project"]
        parts.append(
            [
                table["build-system"]["requires"],
                project["requires-python"],
                project["dependencies"],
                project.get("optional-dependencies"),
                table.get("dependency-groups"),
                table.get("tool", {}).get("uv"),
            ]
        )
    return json.dumps(parts, sort_keys=True)


def body(lock: Path) -> str:
    """A lock without its header."""
    return "".join(
        line for line in lock.read_text().splitlines(keepends=True) if not line.startswith(HEADER)
    )


def header(lock: Path) -> str:
    """The header that belongs to this lock and to today's requirements."""
    digest = hashlib.sha256(f"{requirements()}\n{body(lock)}".encode()).hexdigest()
    return f"{HEADER}{digest}\n"


def faults(lock: Path) -> list[str]:
    """What is wrong with a lock, in words; nothing when it is sound."""
    text = lock.read_text()
    found: list[str] = []
    if not text.startswith(header(lock)):
        found.append("does not follow from the pyproject files: run make lock")
    if re.search(r"://|^\s*-(?!-hash=)|\s@\s", text, re.MULTILINE):
        found.append("names a place to download from")
    found.extend(
        f"{requirement.split()[0]} is not pinned by hash"
        for requirement in re.split(r"\n(?=\w)", body(lock))
        if re.match(r"\w", requirement)
        and not re.match(r"[\w.-]+==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", requirement)
    )
    return found


def main() -> int:
    """Runs `locks.py seal|check LOCK...`; answers 1 when a lock has a fault."""
    verb, *names = sys.argv[1:]
    locks = [Path(name) for name in names]
    if verb == "seal":
        for lock in locks:
            lock.write_text(header(lock) + body(lock))
        return 0
    all_faults = [f"{lock}: {fault}" for lock in locks for fault in faults(lock)]
    print("\n".join(all_faults), file=sys.stderr, end="\n" if all_faults else "")
    return 1 if all_faults else 0


if __name__ == "__main__":
    sys.exit(main())
