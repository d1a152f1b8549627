"""Telling a repeated call from a different one that reuses its request id."""

import hashlib
import json
from collections.abc import Mapping

_VERSION = 1


def fingerprint(kind: str, content: Mapping[str, str | int], **later: str | int) -> bytes:
    """A digest of what a call asks for, by named fields and never by wire bytes.

    Stored for ever and compared with retries from clients of any age, so `content` is frozen.
    Fields added to the contract afterwards go into `later`: they join only when they are not at
    their default, so that an old client's retry still matches.
    """
    named = {**content, **{name: value for name, value in later.items() if value}}
    canonical = json.dumps([kind, sorted(named.items())], separators=(",", ":"))
    return bytes([_VERSION]) + hashlib.blake2b(canonical.encode(), digest_size=16).digest()
