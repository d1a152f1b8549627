"""ProgressService."""

import grpc

from laurels.v1 import progress_service_pb2 as pb
from laurels.v1.progress_service_pb2_grpc import ProgressServiceServicer
from laurels_server.domain.errors import LaurelsError
from laurels_server.domain.ledger import LedgerPoint
from laurels_server.domain.progress import Answer, ProgressStatus, Submission
from laurels_server.rpc.checks import Checks
from laurels_server.rpc.entries import entry_message
from laurels_server.rpc.errors import item_error
from laurels_server.rpc.times import timestamp
from laurels_server.rpc.tokens import consistency_token, page_token, read_page_token
from laurels_server.usecases.booking import Receipt
from laurels_server.usecases.history import History, LevelProgress
from laurels_server.usecases.lanes import Lanes

_STATUS = {
    ProgressStatus.LOCKED: pb.PROGRESS_STATUS_LOCKED,
    ProgressStatus.UNLOCKED: pb.PROGRESS_STATUS_UNLOCKED,
    ProgressStatus.IN_PROGRESS: pb.PROGRESS_STATUS_IN_PROGRESS,
    ProgressStatus.COMPLETED: pb.PROGRESS_STATUS_COMPLETED,
}

_INT32_MAX = 2**31 - 1
_YEAR_S = 31_536_000
_QUESTIONS_MOST = 10_000


class ProgressServicer(ProgressServiceServicer):
    """Takes attempts and tells what became of them."""

    def __init__(self, lanes: Lanes, history: History) -> None:
        self._lanes = lanes
        self._history = history

    async def SubmitProgress(
        self, request: pb.SubmitProgressRequest, context: object
    ) -> pb.SubmitProgressResponse:
        """Records one attempt."""
        return _answered(await self._lanes.submit(_submission(request)))

    async def BatchSubmitProgress(
        self,
        request: pb.BatchSubmitProgressRequest,
        context: "grpc.aio.ServicerContext[object, object]",
    ) -> pb.BatchSubmitProgressResponse:
        """Records many attempts, each by itself; lanes keep the order of each learner's."""
        checks = Checks()
        checks.count("requests", request.requests)
        read = [_read(item) for item in request.requests]
        booked = iter(
            await self._lanes.submit_all(one for one in read if isinstance(one, Submission))
        )
        results = (next(booked) if isinstance(one, Submission) else one for one in read)
        return pb.BatchSubmitProgressResponse(
            results=[_result(result, context) for result in results]
        )

    async def GetSubmission(
        self, request: pb.GetSubmissionRequest, context: object
    ) -> pb.GetSubmissionResponse:
        """Tells what became of an earlier call."""
        checks = Checks()
        user_id = checks.identifier("user_id", request.user_id)
        request_id = checks.identifier("request_id", request.request_id)
        checks.done()
        stored = await self._history.submission(user_id, request_id)
        submission = pb.Submission(
            user_id=user_id, request_id=request_id, recorded_at=timestamp(stored.recorded_at)
        )
        if isinstance(stored.outcome, Answer):
            answer = _response(stored.outcome, replayed=False, included_by=stored.ledger_end)
            submission.progress.CopyFrom(answer)
        else:
            submission.entry.CopyFrom(entry_message(user_id, stored.outcome))
        return pb.GetSubmissionResponse(submission=submission)

    async def ListProgress(
        self, request: pb.ListProgressRequest, context: object
    ) -> pb.ListProgressResponse:
        """Lists every level with the learner's status."""
        checks = Checks()
        user_id = checks.identifier("user_id", request.user_id)
        size = checks.page_size(request.page_size)
        checks.done()
        scope = ("ListProgress", user_id)
        after: tuple[int | str, ...] | None = None
        if request.page_token:
            after = tuple(read_page_token(request.page_token, scope, (_INT32_MAX, str)))
        levels = [
            progress
            for progress in await self._history.progress(user_id)
            if after is None or _place(progress) > after
        ]
        shown = levels[:size]
        more = len(levels) > size
        return pb.ListProgressResponse(
            levels=[_level_progress(progress) for progress in shown],
            next_page_token=page_token(scope, _place(shown[-1])) if more else "",
        )


def _read(request: pb.SubmitProgressRequest) -> Submission | LaurelsError:
    """The attempt, or what is wrong with it."""
    try:
        return _submission(request)
    except LaurelsError as error:
        return error


def _result(
    result: Receipt | LaurelsError, context: "grpc.aio.ServicerContext[object, object]"
) -> pb.BatchSubmitProgressResult:
    if isinstance(result, LaurelsError):
        return pb.BatchSubmitProgressResult(error=item_error(result, context))
    return pb.BatchSubmitProgressResult(response=_answered(result))


def _answered(receipt: Receipt) -> pb.SubmitProgressResponse:
    outcome = receipt.outcome
    return _response(outcome.answer, replayed=outcome.replayed, included_by=receipt.included_by)


def _submission(request: pb.SubmitProgressRequest) -> Submission:
    checks = Checks()
    submission = Submission(
        request_id=checks.identifier("request_id", request.request_id, required=False),
        user_id=checks.identifier("user_id", request.user_id),
        level_id=checks.identifier("level_id", request.level_id),
        score=checks.number("score", request.score, 0, _INT32_MAX),
        total_questions=checks.number(
            "total_questions", request.total_questions, 1, _QUESTIONS_MOST
        ),
        correct_answers=checks.number(
            "correct_answers", request.correct_answers, 0, max(0, request.total_questions)
        ),
        time_spent_seconds=checks.number(
            "time_spent_seconds", request.time_spent_seconds, 0, _YEAR_S
        ),
    )
    checks.done()
    return submission


def _response(
    answer: Answer, *, replayed: bool, included_by: LedgerPoint
) -> pb.SubmitProgressResponse:
    return pb.SubmitProgressResponse(
        request_id=answer.request_id,
        user_id=answer.user_id,
        level_id=answer.level_id,
        status=_STATUS[answer.status],
        passed=answer.passed,
        score=answer.score,
        correct_answers=answer.correct_answers,
        total_questions=answer.total_questions,
        xp_earned=answer.xp_earned,
        total_xp=answer.total_xp,
        best_score=answer.best_score,
        attempts=answer.attempts,
        replayed=replayed,
        unlocked_level_ids=answer.unlocked_level_ids,
        consistency_token=consistency_token(included_by),
    )


def _place(progress: LevelProgress) -> tuple[int | str, ...]:
    return (progress.level.position, progress.level.level_id)


def _level_progress(progress: LevelProgress) -> pb.LevelProgress:
    record = progress.record
    completed_at = record.first_completed_at
    return pb.LevelProgress(
        level_id=progress.level.level_id,
        title=progress.level.title,
        status=_STATUS[progress.status],
        best_score=record.best_score,
        attempts=record.attempts,
        xp_earned=record.xp_paid,
        time_spent_seconds=record.time_spent_seconds,
        first_completed_at=None if completed_at is None else timestamp(completed_at),
        missing_level_ids=progress.missing,
    )
