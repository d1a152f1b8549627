"""Reads the files of an import: CSV with a header, or JSON lines, of any size.

A line is a record, for no value of ours can hold a line break. A CSV line that does not close its
quotes may hold those that follow as text, and who is named there must never be paid: its kind is
LEARNER_UNREADABLE, which stops everything.
"""

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import orjson

from laurels_server.domain.imports import BadLine, Columns, ImportFindingKind, placed, user_id_of
from laurels_server.usecases.blocking import ended_by_signals

_BLOCK: Final = 1 << 20

LINE_MOST: Final = 64 * 1024
"""Bytes of a line; bounds memory."""

_FIELD: Final = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^",]*+)'
_QUOTED: Final = re.compile(rb"%s(?:,%s)*+\r?" % (_FIELD, _FIELD))
"""A line as RFC 4180 has it: a quote only around a field, or doubled within one that has them."""

_BOM: Final = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """A file cannot be opened or read."""


class ImportFile:
    """One of the files, read once from beginning to end; `name` is as it was given."""

    def __init__(self, path: Path, columns: Columns) -> None:
        """Opens it; raises Unreadable, and Interrupted while it waits for whoever writes a pipe."""
        self.name = str(path)
        self._columns = columns
        self._read = 0
        self._places: list[int] = []
        self._header: list[str] | None = None
        self._first_line = 0
        try:
            with ended_by_signals():
                self._file: BinaryIO = path.open("rb", buffering=0)
            self._size = os.fstat(self._file.fileno()).st_size
        except OSError as error:
            raise Unreadable(f"{self.name} cannot be read: {error.strerror}") from None

    def close(self) -> None:
        """Closes it, read or not."""
        self._file.close()

    @property
    def share(self) -> float:
        """How much of it is read, 0..1; 0 for a pipe."""
        return min(1.0, self._read / self._size) if self._size else 0.0

    @property
    def unused(self) -> list[str]:
        """Columns of the header that nothing is done with."""
        return [name for place, name in enumerate(self._header or ()) if place not in self._places]

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Each line with its number, from 1, without its end; None for one that is too long.

        Blank lines are left out. Raises Unreadable or Interrupted.
        """
        number = 0
        rest = b""
        too_long = False
        while True:
            try:
                with ended_by_signals():
                    block = self._file.read(_BLOCK)
            except OSError as error:
                raise Unreadable(f"{self.name} cannot be read: {error.strerror}") from None
            if not block:
                break
            self._read += len(block)
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                number += 1
                if too_long or len(line) > LINE_MOST:
                    too_long = False
                    yield number, None
                elif line and line != b"\r":
                    yield number, line
            if len(rest) > LINE_MOST:
                too_long, rest = True, b""
        if too_long or rest.strip():
            yield number + 1, None if too_long or len(rest) > LINE_MOST else rest

    def open(self) -> Iterator[tuple[int, bytes | None]]:
        """The lines after the header, which is read here. Raises BadLine, Unreadable or
        Interrupted."""
        lines = self.lines()
        number, first = next(lines, (1, b""))
        self._first_line = number
        first = (first or b"").removeprefix(_BOM)
        if first.lstrip().startswith(b"{"):
            self._places = list(range(len(self._columns.names())))
            return _chain((number, first), lines)
        if not first:
            raise BadLine(ImportFindingKind.BAD_HEADER, "", "there is no header")
        try:
            self._header = [name.strip().lower() for name in _split(first)]
            self._places = placed(self._columns, self._header)
        except BadLine as bad:
            raise BadLine(ImportFindingKind.BAD_HEADER, bad.field, bad.message) from None
        return lines

    @property
    def columns(self) -> Columns:
        """What is looked for in it."""
        return self._columns

    @property
    def header_line(self) -> int:
        """The number of the first line that is not blank."""
        return self._first_line

    def values(self, line: bytes | None) -> list[str]:
        """A line's values in the order of the columns, empty where there is none.

        Raises BadLine.
        """
        if line is None:
            message = f"the line is longer than {LINE_MOST} bytes"
            raise _bad_line(message) if self._header is None else _swallowing(message)
        if self._header is None:
            return self._of_json(_text(line))
        values = _split(line)
        if len(values) != len(self._header):
            raise _bad_line(f"the line has {len(values)} columns, the header {len(self._header)}")
        # What the file does not have is looked for at -1.
        values.append("")
        return [values[place] for place in self._places]

    def user_id(self, line: bytes | None) -> str | None:
        """Whose line it is, also of a bad one; None where that cannot be told for certain."""
        if line is None:
            return None
        try:
            found = self._cut(line)
        except BadLine:
            return None
        return user_id_of(found)

    def _cut(self, line: bytes) -> str:
        # An id is ASCII: bytes that are not UTF-8 are elsewhere, or make it no id.
        text = line.decode(errors="replace")
        if self._header is None:
            return _of_field("user_id", _fields(text))
        _check_quotes(line)
        place, values = self._places[0], _cells(text)
        # Of columns that are too many or too few, only the first one is certainly in its place.
        return values[place] if place == 0 or len(values) == len(self._header) else ""

    def _of_json(self, text: str) -> list[str]:
        fields = _fields(text)
        return [_of_field(names, fields) for names in self._columns.names()]


def _chain(
    first: tuple[int, bytes | None], rest: Iterator[tuple[int, bytes | None]]
) -> Iterator[tuple[int, bytes | None]]:
    yield first
    yield from rest


def _text(line: bytes) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise _bad_line(f"the line is not UTF-8, at byte {error.start + 1}") from None
    if "\0" in text:
        raise _bad_line("the line holds a NUL byte")
    return text


def _split(line: bytes) -> list[str]:
    # First: whatever else is wrong with the line, open quotes are worse.
    _check_quotes(line)
    return _cells(_text(line))


def _check_quotes(line: bytes) -> None:
    if b'"' in line and not _QUOTED.fullmatch(line):
        raise _swallowing("the line's quotes do not match")


def _cells(text: str) -> list[str]:
    """The values of a line whose quotes match."""
    text = text.removesuffix("\r")
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise _bad_line(f"the line is no CSV: {error}") from None


def _fields(text: str) -> dict[str, Any]:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _bad_line(f"the line is no JSON: {error}") from None
    if not isinstance(record, dict):
        raise _bad_line("the line is no JSON object")
    return cast(dict[str, Any], record)


def _of_field(names: str, fields: dict[str, Any]) -> str:
    value = next((fields[name] for name in names.split("|") if name in fields), None)
    match value:
        case None:
            return ""
        case bool() | float() | list() | dict():
            raise BadLine(
                ImportFindingKind.BAD_VALUE,
                names.partition("|")[0],
                f"must be a text or a whole number, not {orjson.dumps(value).decode()[:40]}",
            )
        case _:
            return str(value)


def _bad_line(message: str) -> BadLine:
    return BadLine(ImportFindingKind.BAD_LINE, "", message)


def _swallowing(message: str) -> BadLine:
    return BadLine(
        ImportFindingKind.LEARNER_UNREADABLE,
        "",
        f"{message}; lines after it may be text in its quotes, so nobody is imported",
    )
