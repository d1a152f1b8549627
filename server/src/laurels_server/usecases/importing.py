"""Brings in learners from another system: with what they have, and what they have been paid for.

First everything is read and checked, into PostgreSQL but beside its tables; then what was read is
written, chunk by chunk. Each chunk is one transaction, which takes its locks as every other writer
does, and looks again at whom it finds: an import may be broken off at any moment and begun again,
and learners may play meanwhile.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from laurels_server.domain.imports import (
    PROGRESS,
    USERS,
    BadLine,
    Columns,
    ImportFinding,
    ImportFindingKind,
    shown,
)
from laurels_server.domain.xp import XP_MAX
from laurels_server.postgres import schema
from laurels_server.postgres.failures import Contended
from laurels_server.postgres.imports import Counts, Known, Staging, Told, Written
from laurels_server.usecases.import_files import ImportFile
from laurels_server.usecases.import_lines import Row, copied, finding, progress_row, users_row

_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Before a chunk is tried again that others kept from its locks."""


class SchemaOutOfDate(Exception):
    """The database's schema is not the one that this version needs."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far an import is with `what` it does, 0..1."""

    what: str
    share: float


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is worth knowing, and no finding."""

    file: str
    message: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of an import: what was written, or after a dry run would be.

    `learners` with `levels` of theirs; `unchanged` were imported before, with the same XP;
    `differing` are here with something else and left alone; `left_out` have a bad line.
    """

    learners: int
    levels: int
    unchanged: int
    differing: int
    left_out: int
    findings: int
    written: bool


Tell = Callable[[ImportFinding | Step | Note], None]


class Import:
    """One import. Its methods raise StoreFailure, Unreadable and Interrupted."""

    def __init__(
        self, staging: Staging, users: Path | None, progress: Path | None, tell: Tell
    ) -> None:
        """At least one of the files is given. All there is to say goes to `tell`, as it comes."""
        self._staging = staging
        self._users = users
        self._progress = progress
        self._tell = tell
        self._findings = 0
        self._header_is_bad = False
        self._may_be_anybodys = False

    async def run(self, *, dry_run: bool, skip_bad: bool) -> Summary:
        """All of it. Writes nothing when any line is bad, unless `skip_bad`, which leaves out
        learners with a bad line and writes the others; a line that may be anybody's leaves out
        everyone. Raises SchemaOutOfDate."""
        version, needed = await self._staging.schema_version(), schema.needed_version()
        if version != needed:
            has = "no schema" if version is None else f"schema version {version}"
            raise SchemaOutOfDate(f"has {has}, this version needs {needed}; run `laurels migrate`")
        await self._read()
        if self._header_is_bad:
            return Summary(0, 0, 0, 0, 0, self._findings, written=False)
        self._tell(Step("check", 0.0))
        await self._staging.gather(with_users=self._users is not None)
        async for told in self._staging.told():
            self._find(self._of_told(told))
        bad = self._findings
        async for known in self._staging.known():
            self._find(self._of_known(known))
        counts = await self._staging.counts()
        self._tell(Step("check", 1.0))

        summary = Summary(
            counts.learners,
            counts.levels,
            counts.unchanged,
            counts.differing,
            counts.left_out,
            self._findings,
            written=False,
        )
        if self._may_be_anybodys:
            return replace(summary, learners=0, levels=0)
        if dry_run or (bad and not skip_bad):
            return summary
        return await self._write(summary, counts)

    async def _read(self) -> None:
        """Reads the files, each once, into PostgreSQL."""
        catalog, now = await self._staging.begin()
        users, progress = users_row(now), progress_row(catalog.levels, now)
        if self._users is not None:
            await self._take(self._users, USERS, users, "users", self._staging.take_users)
        if self._progress is not None:
            await self._take(
                self._progress,
                PROGRESS,
                progress,
                "progress",
                self._staging.take_progress,
            )

    async def _take(
        self,
        path: Path,
        columns: Columns,
        row: Row,
        what: str,
        take: Callable[[AsyncGenerator[bytes]], Awaitable[None]],
    ) -> None:
        find = self._find_of_level if columns is PROGRESS else self._find
        file = ImportFile(path, columns)
        try:
            lines = file.open()
        except BadLine as bad:
            file.close()
            self._header_is_bad = True
            self._find(finding(file, file.header_line, bad))
            return
        try:
            if file.unused:
                names = ", ".join(shown(name) for name in file.unused)
                self._tell(Note(file.name, f"nothing is done with the columns {names}"))
            await take(copied(file, lines, row, find, lambda: self._tell(Step(what, file.share))))
        finally:
            file.close()

    async def _write(self, summary: Summary, counts: Counts) -> Summary:
        """Writes what was read and is good; learners who have begun to play meanwhile are told of
        as those who had before."""
        await self._staging.begin_writing(counts)
        learners = levels = 0
        unchanged, differing = summary.unchanged, summary.differing
        for done, chunk in enumerate(counts.chunks):
            self._tell(Step("write", done / len(counts.chunks)))
            written = await self._chunk(chunk)
            learners += written.learners
            levels += written.levels
            unchanged += written.unchanged
            differing += len(written.known)
            for known in written.known:
                self._find(self._of_known(known))
        self._tell(Step("write", 1.0))
        return replace(
            summary,
            learners=learners,
            levels=levels,
            unchanged=unchanged,
            differing=differing,
            findings=self._findings,
            written=True,
        )

    async def _chunk(self, chunk: int) -> Written:
        for pause_s in _PAUSES_S:
            try:
                return await self._staging.write(chunk)
            except Contended:
                await asyncio.sleep(pause_s)
        return await self._staging.write(chunk)

    def _find(self, found: ImportFinding) -> None:
        self._findings += 1
        if found.kind is ImportFindingKind.LEARNER_UNREADABLE:
            self._may_be_anybodys = True
        self._tell(found)

    def _find_of_level(self, found: ImportFinding) -> None:
        """Whoever a level was cut off from would be paid for it again."""
        if not found.user_id and found.kind is not ImportFindingKind.LEARNER_UNREADABLE:
            found = replace(
                found,
                kind=ImportFindingKind.LEARNER_UNREADABLE,
                message=f"{found.message}; it may be any learner's, so nobody is imported",
            )
        self._find(found)

    def _of_told(self, told: Told) -> ImportFinding:
        file = str(self._users if told.file == "users" else self._progress)
        kind = ImportFindingKind(told.kind)
        match kind:
            case ImportFindingKind.DUPLICATE if told.level_id is None:
                field, message = "user_id", "an earlier line is about the same learner"
            case ImportFindingKind.DUPLICATE:
                field = "level_id"
                message = f"an earlier line is about the same learner and {told.level_id}"
            case ImportFindingKind.UNKNOWN_LEARNER:
                field, message = "user_id", f"is not in {self._users}"
            case _ if self._users is None:
                field, message = "xp_paid", f"comes to {told.paid} in all, more than {XP_MAX}"
            case _:
                field = "total_xp"
                message = f"is {told.total_xp}, less than the {told.paid} that the levels paid"
        return ImportFinding(kind, file, told.line, told.user_id, field, message)

    def _of_known(self, known: Known) -> ImportFinding:
        if known.imported:
            message = "was imported before, with another total, time or other levels"
        else:
            message = f"is here already, with {known.present_xp} XP or progress not from an import"
        return ImportFinding(
            ImportFindingKind.LEARNER_EXISTS,
            str(self._users or self._progress),
            known.line,
            known.user_id,
            "user_id",
            message + "; left alone",
        )
