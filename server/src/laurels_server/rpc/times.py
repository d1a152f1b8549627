"""Moments on the wire."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(moment: datetime) -> Timestamp:
    """The message of a moment."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message
