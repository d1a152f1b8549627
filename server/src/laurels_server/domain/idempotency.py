"""Telling a repeated call from a different one that reuses its request id."""

import hashlib
import json
from collections.abc import Mapping

import orjson

_VERSION = 1


def fingerprint(kind: str, content: Mapping[str, str | int], **later: str | int) -> bytes:
    """A digest of what a call asks for, by named fields and never by wire bytes.

    Stored for ever and compared with retries from clients of any age, so `content` is frozen.
    Fields added to the contract afterwards go into `later`: they join only when they are not at
    their default, so that an old client's retry still matches.
    """
    named = {**content, **{name: value for name, value in later.items() if value}}
    said = [kind, sorted(named.items())]
    canonical = orjson.dumps(said)
    if not canonical.isascii():
        # The two write the same, but for what lies beyond ASCII.
        canonical = json.dumps(said, separators=(",", ":")).encode()
    return bytes([_VERSION]) + hashlib.blake2b(canonical, digest_size=16).digest()
