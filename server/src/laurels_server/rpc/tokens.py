"""Opaque tokens: where a page ended, and what a read must include.

Unsigned, because they grant nothing; they do not expire. Anything that this version did not make is
refused, never guessed at.
"""

import base64
import binascii
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast

import orjson

from laurels_server.domain.errors import InvalidConsistencyToken, InvalidPageToken
from laurels_server.domain.ledger import LedgerPoint

_VERSION = 1
_POINT = struct.Struct(">BQQ")
_CONSISTENCY = 1
_ENTRY = 2
"""What a ledger point stands for, told by its first byte."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_LONGEST = 1024

Scope = Sequence[str | bool]
"""The RPC and the arguments that all pages of one walk must share."""


def _pack(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unpack(token: str) -> bytes:
    data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    if _pack(data) != token:
        raise ValueError("not canonical")
    return data


def page_token(scope: Scope, key: Sequence[int | str]) -> str:
    """A token that continues after `key` in the walk that `scope` describes."""
    return _pack(orjson.dumps([_VERSION, list(scope), list(key)]))


def read_page_token(token: str, scope: Scope, limits: Sequence[int | type[str]]) -> list[int | str]:
    """The key in a token of this very scope; raises InvalidPageToken.

    `limits` gives, for each part of the key, its largest number, or `str` for a text.
    """
    refusal = InvalidPageToken("not a page token of this call with these arguments")
    try:
        if len(token) > _LONGEST:
            raise refusal
        _, _, key = orjson.loads(_unpack(token))
    except (ValueError, TypeError, binascii.Error):
        raise refusal from None
    if not isinstance(key, list) or len(cast(list[object], key)) != len(limits):
        raise refusal
    parts = cast(list[object], key)
    if not all(_fits(part, limit) for part, limit in zip(parts, limits, strict=True)):
        raise refusal
    read = cast(list[int | str], parts)
    # Whatever else it says, a token of this version and scope is written in only one way.
    if page_token(scope, read) != token:
        raise refusal
    return read


def _fits(part: object, limit: int | type[str]) -> bool:
    if isinstance(limit, int):
        # Not isinstance: true and false are no numbers here.
        return type(part) is int and 0 <= part <= limit
    return isinstance(part, str)


@lru_cache(maxsize=16)
def consistency_token(point: LedgerPoint) -> str:
    """A token for reads that must include everything up to a ledger point; a batch shares one."""
    return _pack_point(_CONSISTENCY, point)


def read_consistency_token(token: str) -> LedgerPoint | None:
    """The ledger point in a token, None for an empty one; raises InvalidConsistencyToken."""
    if not token:
        return None
    point = _unpack_point(_CONSISTENCY, token)
    if point is None:
        raise InvalidConsistencyToken("not a consistency token of this service")
    return point


def entry_id(point: LedgerPoint) -> str:
    """The name of the ledger entry at a point."""
    return _pack_point(_ENTRY, point)


def read_entry_id(text: str) -> LedgerPoint | None:
    """The point of a named entry; None where the text names none."""
    return _unpack_point(_ENTRY, text)


def _pack_point(kind: int, point: LedgerPoint) -> str:
    micros = (point.recorded_at - _EPOCH) // timedelta(microseconds=1)
    return _pack(_POINT.pack(kind, point.seq, micros))


def _unpack_point(kind: int, text: str) -> LedgerPoint | None:
    try:
        if len(text) > _LONGEST:
            return None
        found, seq, micros = _POINT.unpack(_unpack(text))
        if found != kind or seq >= 2**63:
            return None
        return LedgerPoint(seq, _EPOCH + timedelta(microseconds=micros))
    except (ValueError, struct.error, OverflowError):
        return None
