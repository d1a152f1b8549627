"""How what callers give becomes what requests hold."""

import uuid
from collections.abc import Iterable
from typing import Protocol

from google.protobuf.field_mask_pb2 import FieldMask


class Written(Protocol):
    """The answer to a write."""

    @property
    def consistency_token(self) -> str:
        """Names the moment after it."""
        ...


After = Written | str
"""The answer to a write that a read must already show, or its consistency token."""


def token(after: After) -> str:
    """The consistency token; empty asks for nothing."""
    return after if isinstance(after, str) else after.consistency_token


def request_id(given: str | None) -> str:
    """The caller's own, or one made here: once for a call, before its first try."""
    return given or new_request_id()


def new_request_id() -> str:
    """A fresh request id: 36 characters of a random UUID."""
    return str(uuid.uuid4())


def mask(fields: Iterable[str]) -> FieldMask | None:
    """The fields to replace; none replaces all."""
    paths = [fields] if isinstance(fields, str) else list(fields)
    return FieldMask(paths=paths) if paths else None
