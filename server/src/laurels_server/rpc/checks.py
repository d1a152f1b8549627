"""The limits of fields, as the protos document them."""

from collections.abc import Collection, Iterable
from typing import Final

from laurels_server.domain.errors import FieldViolation, InvalidFields
from laurels_server.domain.text import CONTROL, IDENTIFIER, IDENTIFIER_IN_WORDS

_PAGE_DEFAULT: Final = 50
PAGE_MOST: Final = 1000
"""Larger pages are cut to this."""

BATCH_MOST: Final = 1000
"""Items in one call."""

_TOLD_MOST: Final = 10
"""Violations told of at once. They travel in trailers, of which clients take 8 KiB."""


class Checks:
    """Checks fields one by one and tells of all the wrong ones at once.

    Paths are relative to `within`, for example `levels[3]`.
    """

    def __init__(self, within: str = "") -> None:
        self._within = f"{within}." if within else ""
        self.violations: list[FieldViolation] = []

    def wrong(self, field: str, description: str) -> None:
        """Notes that a field breaks a limit."""
        self.violations.append(FieldViolation(self._within + field, description))

    def identifier(self, field: str, value: str, *, required: bool = True) -> str:
        """An id: 1-128 printable ASCII characters without spaces."""
        if not value:
            if required:
                self.wrong(field, "is required")
        elif not IDENTIFIER.fullmatch(value):
            self.wrong(field, IDENTIFIER_IN_WORDS)
        return value

    def identifiers(self, field: str, values: Collection[str], most: int) -> tuple[str, ...]:
        """A set of ids, sorted; each may be given once."""
        if len(values) > most:
            # Nobody looks at millions of them one by one.
            self.wrong(field, f"must hold at most {most}, not {len(values)}")
            return ()
        for index, value in enumerate(values):
            self.identifier(f"{field}[{index}]", value)
        if len(set(values)) < len(values):
            self.wrong(field, "must not name the same one twice")
        return tuple(sorted(values))

    def text(self, field: str, value: str, most: int) -> str:
        """Text for people: at most `most` characters, no control characters."""
        if len(value) > most:
            self.wrong(field, f"must be at most {most} characters")
        if CONTROL.search(value):
            self.wrong(field, "must not hold control characters")
        return value

    def number(self, field: str, value: int, low: int, high: int) -> int:
        """A whole number within limits."""
        if not low <= value <= high:
            self.wrong(field, f"must be {low}-{high}, not {value}")
        return value

    def page_size(self, value: int) -> int:
        """Items a page: 0 is the default, too many are cut, negative is wrong."""
        if value < 0:
            self.wrong("page_size", f"must be 0 or more, not {value}")
        return min(value, PAGE_MOST) or _PAGE_DEFAULT

    def count(self, field: str, items: Collection[object]) -> None:
        """A batch: at least one item, at most BATCH_MOST. Raises InvalidFields at once otherwise,
        so that nobody looks at millions of items one by one."""
        if not 1 <= len(items) <= BATCH_MOST:
            self.wrong(field, f"must hold 1-{BATCH_MOST}, not {len(items)}")
            self.done()

    def mask(self, paths: Collection[str], known: Collection[str]) -> frozenset[str]:
        """The fields to replace: those named, or all of them where none is."""
        unknown = next((path for path in paths if path not in known), None)
        if unknown is not None:
            names = ", ".join(sorted(known))
            self.wrong("update_mask", f"{unknown[:64]!a} is not one of {names}")
        return frozenset(paths or known)

    def distinct(self, field: str, name: str, values: Iterable[str]) -> None:
        """Items of a batch that must not repeat each other."""
        seen: set[str] = set()
        for index, value in enumerate(values):
            if value in seen:
                self.wrong(f"{field}[{index}].{name}", "appears twice in the call")
            seen.add(value)

    def within(self, part: str) -> "Checks":
        """Checks of an item, whose violations count here too."""
        inner = Checks(self._within + part)
        inner.violations = self.violations
        return inner

    def done(self) -> None:
        """Raises InvalidFields when anything was wrong, with the first few violations."""
        if self.violations:
            raise InvalidFields(self.violations[:_TOLD_MOST])
