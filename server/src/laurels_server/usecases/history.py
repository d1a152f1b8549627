"""Tells what became of a learner's attempts."""

from collections.abc import Sequence
from dataclasses import dataclass

from laurels_server.domain.catalog import Catalog, Level
from laurels_server.domain.errors import LearnerNotFound, SubmissionNotFound
from laurels_server.domain.progress import Learner, LevelRecord, ProgressStatus
from laurels_server.postgres import catalog as catalog_store
from laurels_server.postgres import learners as learner_store
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.learners import StoredSubmission
from laurels_server.usecases.catalog import in_order
from laurels_server.usecases.transactions import found


@dataclass(frozen=True, slots=True)
class LevelProgress:
    """A learner's way with one level. `missing` are the prerequisites of a locked one."""

    level: Level
    status: ProgressStatus
    record: LevelRecord
    missing: Sequence[str]


class History:
    """Looks back at what learners did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def submission(self, user_id: str, request_id: str) -> StoredSubmission:
        """What was booked under a request id; raises LearnerNotFound or SubmissionNotFound."""
        known, stored = await found(
            self._database,
            lambda connection: learner_store.read_submission(connection, user_id, request_id),
        )
        if not known:
            raise LearnerNotFound(user_id)
        if stored is None:
            raise SubmissionNotFound(user_id, request_id)
        return stored

    async def progress(self, user_id: str) -> list[LevelProgress]:
        """Every level with the learner's status, in catalog order; raises LearnerNotFound.

        Retired levels are told of only where the learner has attempted them.
        """

        async def work(connection: Connection) -> tuple[Learner | None, Catalog]:
            learner = await learner_store.read_learner(connection, user_id)
            return learner, await catalog_store.read_catalog(connection)

        learner, catalog = await found(self._database, work)
        if learner is None:
            raise LearnerNotFound(user_id)
        completed = learner.completed()
        progress: list[LevelProgress] = []
        for level in in_order(catalog):
            record = learner.records.get(level.level_id)
            if level.retired and record is None:
                continue
            status = learner.status(level, catalog)
            locked = status is ProgressStatus.LOCKED
            progress.append(
                LevelProgress(
                    level,
                    status,
                    record or LevelRecord(),
                    catalog.missing(level, completed) if locked else (),
                )
            )
        return progress
