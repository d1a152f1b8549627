"""Which calls gRPC repeats by itself, and when."""

from typing import Any, Final

POLICY: Final[dict[str, Any]] = {
    # The first try is one of them: waits of 0.2, 0.6 and 1.8 s, give or take a fifth, let a call
    # outlive a restart within the default deadline of 5 s.
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "2s",
    "backoffMultiplier": 3,
    # Everything else is either an answer or would be no better the next time.
    "retryableStatusCodes": ["UNAVAILABLE"],
}

THROTTLING: Final[dict[str, Any]] = {
    # A restart fails whatever is under way, which is no overload: 500 failures in a row are borne.
    # In the long run a repeat is allowed for every tenth success.
    "maxTokens": 1000,
    "tokenRatio": 0.1,
}

REPEATED: Final = {
    # Safe by their request ids: this client sends none of the writes without.
    "laurels.v1.ProgressService": (
        "SubmitProgress",
        "BatchSubmitProgress",
        "GetSubmission",
        "ListProgress",
    ),
    "laurels.v1.XpService": (
        "AwardXp",
        "AdjustXp",
        "ReverseXpEntry",
        "GetXpAccount",
        "ListXpEntries",
    ),
    "laurels.v1.LeaderboardService": ("GetLeaderboard", "GetStanding"),
    "laurels.v1.CatalogService": ("GetLevel", "ListLevels"),
    "laurels.v1.UserService": ("GetUser",),
    "laurels.v1.AuditService": ("AuditUser", "GetSyncStatus"),
}

NOT_REPEATED: Final = {
    # They have no request id, and a repeat would undo what somebody else changed in between.
    "laurels.v1.CatalogService": ("UpsertLevels", "RetireLevel"),
    "laurels.v1.UserService": ("UpsertUsers",),
    # Long work, one at a time in a server: whoever asked for it shall decide.
    "laurels.v1.AuditService": ("AuditAll", "RebuildProjection"),
}

SERVICE_CONFIG: Final[dict[str, Any]] = {
    # A name of several servers has calls spread over them, and a repeat goes to another.
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [
                {"service": service, "method": method}
                for service, methods in REPEATED.items()
                for method in methods
            ],
            "retryPolicy": POLICY,
        }
    ],
    "retryThrottling": THROTTLING,
}
