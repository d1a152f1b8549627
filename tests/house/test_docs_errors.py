"""The catalogue of errors says what the protos say."""

import re
from pathlib import Path
from typing import NamedTuple

from tools.descriptors import read

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/errors.md").read_text()
_CERTAIN = {"definite for good": "for good", "definite": "yes", "indefinite": "no", "": "no"}


class Row(NamedTuple):
    status: str
    definite: str
    metadata: frozenset[str]


def shown() -> dict[str, Row]:
    """What each row of the page says."""
    rows = re.findall(
        r"^\| \[(\w+)\]\(api/error-reasons\.md#(\w+)\) \| (\w+) \| ([\w ]+) \| (.*?) ?\| (.+) \|$",
        PAGE,
        re.MULTILINE,
    )
    for reason, anchor, *_, advice in rows:
        assert anchor == reason.lower()
        assert advice.endswith("."), reason
    return {
        reason: Row(status, definite, frozenset(re.findall(r"`(\w+)`", metadata)))
        for reason, _, status, definite, metadata, _ in rows
    }


def documented() -> dict[str, Row]:
    """What the comment of each reason says."""
    [values] = [
        enum.values
        for file in read(ROOT / "clients/laurels.protoset")
        for enum in file.enums
        if enum.name == "ErrorReason"
    ]
    found: dict[str, Row] = {}
    for value in values[1:]:
        first = re.match(
            r"([A-Z_]+)(?:, (definite for good|definite|indefinite))?\.", value.comment
        )
        assert first, value.name
        _, _, metadata = value.comment.partition("Metadata:")
        if not metadata and "in the metadata" in " ".join(value.comment.split()):
            metadata = value.comment
        names = frozenset(re.findall(r"`(\w+)`", metadata))
        reason = value.name.removeprefix("ERROR_REASON_")
        found[reason] = Row(first[1], _CERTAIN[first[2] or ""], names)
    return found


def test_every_reason_has_its_row_with_status_certainty_and_metadata() -> None:
    assert shown() == documented()
