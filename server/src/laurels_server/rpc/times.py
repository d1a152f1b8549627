"""Moments on the wire."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime.fromtimestamp(0, UTC)


def timestamp(moment: datetime) -> Timestamp:
    """The message of a moment."""
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)
