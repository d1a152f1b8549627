"""The Python client of Laurels, the service that books learners' XP and ranks them.

`laurels.connect` opens a client whose calls block, `laurels.aio.connect` one for asyncio. What they
raise is in `laurels.errors`, and the most of it here. `laurels.v1` holds the messages and the bare
gRPC stubs of version 1 of the API.
"""

from laurels import aio, errors
from laurels.calls.values import new_request_id
from laurels.client.blocking import Client, connect
from laurels.client.failures import of_item as item_error
from laurels.errors import (
    BadArgument,
    Conflict,
    DeadlineExceeded,
    InvalidArgument,
    LaurelsError,
    NotFound,
    Overloaded,
    Reason,
    Refused,
    Unavailable,
)
from laurels.v1.catalog_service_pb2 import Level, XpPolicy
from laurels.v1.progress_service_pb2 import ProgressStatus, SubmitProgressRequest
from laurels.v1.user_service_pb2 import User
from laurels.version import __version__

__all__ = [
    "BadArgument",
    "Client",
    "Conflict",
    "DeadlineExceeded",
    "InvalidArgument",
    "LaurelsError",
    "Level",
    "NotFound",
    "Overloaded",
    "ProgressStatus",
    "Reason",
    "Refused",
    "SubmitProgressRequest",
    "Unavailable",
    "User",
    "XpPolicy",
    "__version__",
    "aio",
    "connect",
    "errors",
    "item_error",
    "new_request_id",
]
