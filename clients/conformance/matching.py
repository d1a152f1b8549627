"""Compares an answer with what the scenario expects; see README.md."""

import json
from typing import Any, cast

Json = Any
"""What json.loads returns."""


def difference(expected: Json, actual: Json, path: str) -> str:
    """What differs, or "" where all is as expected."""
    if isinstance(expected, dict):
        wanted = cast(dict[str, Json], expected)
        if "$set" in wanted:
            return f"{path} is not set" if _is_default(actual) else ""
        if "$has" in wanted:
            return _missing_word(wanted["$has"], actual, path)
        if "$includes" in wanted:
            return _missing_item(wanted["$includes"], actual, path)
        found = cast(dict[str, Json], actual) if isinstance(actual, dict) else {}
        return next(
            filter(None, (difference(wanted[n], found.get(n), f"{path}.{n}") for n in wanted)), ""
        )
    if _is_default(expected) and _is_default(actual):
        return ""
    if isinstance(expected, list):
        items = cast(list[Json], expected)
        others = cast(list[Json], actual) if isinstance(actual, list) else []
        if len(items) == len(others):
            pairs = zip(items, others, strict=True)
            found_wrong = (difference(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(pairs))
            return next(filter(None, found_wrong), "")
    elif _text(expected) == _text(actual):
        return ""
    return f"{path} is {json.dumps(actual)}, not {json.dumps(expected)}"


def _missing_word(words: list[str], actual: Json, path: str) -> str:
    said = _text(actual).lower()
    missing = next((word for word in words if word.lower() not in said), None)
    return "" if missing is None else f"{path} does not say {missing!r}: {_text(actual)}"


def _missing_item(items: list[Json], actual: Json, path: str) -> str:
    rest = cast(list[Json], actual) if isinstance(actual, list) else []
    for item in items:
        # One item may be all that two ask for, so it is not used up.
        while rest and difference(item, rest[0], path):
            rest = rest[1:]
        if not rest:
            return f"{path} lacks, in this order, {json.dumps(item)}"
    return ""


def _is_default(value: Json) -> bool:
    return value is None or value == [] or _text(value) in {"", "0", "false"}


def _text(value: Json) -> str:
    """The same for 5 and "5"."""
    return value if isinstance(value, str) else json.dumps(value)
