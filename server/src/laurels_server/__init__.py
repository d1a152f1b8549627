"""The Laurels server: learners' XP and leaderboards, over gRPC."""

__version__ = "0.1.0"
