"""All six services."""

from laurels.calls.audit import AuditCalls
from laurels.calls.catalog import CatalogCalls
from laurels.calls.leaderboard import LeaderboardCalls
from laurels.calls.progress import ProgressCalls
from laurels.calls.users import UserCalls
from laurels.calls.xp import XpCalls


class AllCalls(ProgressCalls, XpCalls, LeaderboardCalls, CatalogCalls, UserCalls, AuditCalls):
    """A method for each RPC, and iterators over those that answer in pages."""
