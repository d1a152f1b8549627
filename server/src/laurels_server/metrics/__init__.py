"""Every metric of the server.

They belong to the process, as the log does: whoever counts something counts it here, by name. The
table in docs/operations.md says which of them to alert on.
"""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

# Else each counter would tell apart when it began; all began with the process.
disable_created_metrics()

REGISTRY: Final = CollectorRegistry()
"""All that is served; nothing gets in that is not named below."""

ProcessCollector(registry=REGISTRY)

RPCS: Final = Counter(
    "laurels_rpcs_total",
    "Calls that ended, by status. CANCELLED: the caller went away first, or its deadline passed.",
    ["method", "code"],
    registry=REGISTRY,
)
RPC_SECONDS: Final = Histogram(
    "laurels_rpc_seconds",
    "How long calls took in the server, whatever they ended with.",
    ["method"],
    # Up to the deadline of a caller that sets none.
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)

SUBMISSIONS: Final = Counter(
    "laurels_submissions_total",
    "Attempts by what became of them. booked. replayed: a repeat that was answered again. refused: "
    "with a definite error. held: set aside because someone outside holds the learner's row, and "
    "counted again when it ends. overloaded: turned away before anything began. "
    "unavailable: PostgreSQL failed, and the caller was told to retry. defect: a bug of ours, see "
    "the log.",
    ["outcome"],
    registry=REGISTRY,
)
WAITING_SUBMISSIONS: Final = Gauge(
    "laurels_waiting_submissions",
    "Attempts in the lanes now, in a transaction or before it; at LAURELS_WAITING_MOST more are "
    "turned away.",
    registry=REGISTRY,
)
BATCH_SUBMISSIONS: Final = Histogram(
    "laurels_batch_submissions",
    "Attempts in each award transaction that was committed.",
    # Up to what LAURELS_BATCH_MOST can be.
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000),
    registry=REGISTRY,
)
BATCH_SECONDS: Final = Histogram(
    "laurels_batch_seconds",
    "How long each award transaction that was committed took.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
ACCOUNT_CHANGES: Final = Counter(
    "laurels_account_changes_total",
    "Awards, adjustments and reversals that were booked, or replayed from an earlier call.",
    ["kind", "replayed"],
    registry=REGISTRY,
)

BOARD_READS: Final = Counter(
    "laurels_board_reads_total",
    "Reads of a board by who was asked for the answer, and why. in_step: Redis, as it should be. "
    "redis_failed: this read found Redis away. breaker_open: an earlier one did. behind: Redis did "
    "not come as far as the caller's consistency token in time. differs: what Redis says of a "
    "learner does not fit what PostgreSQL says.",
    ["source", "why"],
    registry=REGISTRY,
)
BREAKER_OPEN: Final = Gauge(
    "laurels_breaker_open",
    "1 while boards are read from PostgreSQL because Redis cannot answer, else 0.",
    registry=REGISTRY,
)

RELAY_PASSES: Final = Counter(
    "laurels_relay_passes_total",
    "Passes of the relay by what became of them. moved: the projection moved along the ledger. "
    "idle: nothing had come. superseded: another process was faster. damaged: members are missing, "
    "a rebuild follows. diverged: the ledger has another history, as after a restore; a rebuild "
    "follows. redis_away, postgres_away: tried again soon. defect: a bug of ours, see the log.",
    ["verdict"],
    registry=REGISTRY,
)
LEDGER_SEQ: Final = Gauge(
    "laurels_ledger_seq",
    "The last entry of the ledger, as the relay last saw it.",
    registry=REGISTRY,
)
PROJECTION_SEQ: Final = Gauge(
    "laurels_projection_seq",
    "The ledger entry up to which Redis is complete, as the relay last saw it.",
    registry=REGISTRY,
)
PROJECTION_AS_OF: Final = Gauge(
    "laurels_projection_as_of_timestamp_seconds",
    "The moment, in Unix time by PostgreSQL's clock, up to which the relay last saw Redis "
    "complete; renewed all the time, so an old one says that the relay does not get on.",
    registry=REGISTRY,
)
REBUILDS: Final = Counter(
    "laurels_rebuilds_total",
    "Rebuilds of the projection by what became of them. in_use: readers have it. superseded: "
    "another was put in place meanwhile. failed: tried again if still needed, see the log. "
    "abandoned: whoever asked for it went away.",
    ["outcome"],
    registry=REGISTRY,
)
REBUILD_SECONDS: Final = Histogram(
    "laurels_rebuild_seconds",
    "How long rebuilds of the projection took that came to their end.",
    buckets=(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    registry=REGISTRY,
)

POSTGRES_ANSWERS: Final = Gauge(
    "laurels_postgres_answers",
    "1 while PostgreSQL takes our work, and so while health says SERVING, else 0.",
    registry=REGISTRY,
)
BUSY_CONNECTIONS: Final = Gauge(
    "laurels_postgres_busy_connections",
    "Connections to PostgreSQL that are in use now.",
    ["pool"],
    registry=REGISTRY,
)
POOL_CONNECTIONS: Final = Gauge(
    "laurels_postgres_pool_connections",
    "Connections to PostgreSQL that may be in use at once.",
    ["pool"],
    registry=REGISTRY,
)

VERIFIED_LEARNERS: Final = Counter(
    "laurels_verified_learners_total",
    "Learners whose account, ledger and place the verifier has compared.",
    registry=REGISTRY,
)
FINDINGS: Final = Counter(
    "laurels_findings_total",
    "What the verifier found wrong, by kind; the log has each with the learner.",
    ["kind"],
    registry=REGISTRY,
)


def _begin_at_zero(counter: Counter, *known: tuple[str, ...]) -> None:
    """Shows what has not happened yet: else a rate would miss the first time that it does."""
    for labels in known:
        counter.labels(*labels)


_begin_at_zero(
    SUBMISSIONS,
    *((o,) for o in ("booked", "replayed", "refused", "held")),
    *((o,) for o in ("overloaded", "unavailable", "defect")),
)
_begin_at_zero(
    BOARD_READS,
    ("REDIS", "in_step"),
    *(("POSTGRES", why) for why in ("redis_failed", "breaker_open", "behind", "differs")),
)
_begin_at_zero(
    RELAY_PASSES,
    *((v,) for v in ("moved", "idle", "superseded", "damaged", "diverged")),
    *((v,) for v in ("redis_away", "postgres_away", "defect")),
)
_begin_at_zero(REBUILDS, *((o,) for o in ("in_use", "superseded", "failed", "abandoned")))


class Rpc:
    """Counts the calls of one method; its metrics are looked up once, not at each call."""

    def __init__(self, method: str) -> None:
        """`method` as gRPC calls it: /package.Service/Method."""
        self.method = method
        self._label = method.removeprefix("/")
        self._seconds = RPC_SECONDS.labels(self._label)
        self._codes: dict[str, Counter] = {}

    def ended(self, code: str, seconds: float) -> None:
        """Counts a call that ended with a status."""
        counter = self._codes.get(code)
        if counter is None:
            counter = self._codes[code] = RPCS.labels(self._label, code)
        counter.inc()
        self._seconds.observe(seconds)
