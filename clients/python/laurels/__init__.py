"""The Python client of Laurels, the service that books learners' XP and ranks them.

`laurels.v1` holds the messages and gRPC clients of version 1 of the API.
"""

__version__ = "0.1.0"
