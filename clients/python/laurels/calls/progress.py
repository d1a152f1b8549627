"""ProgressService: learners' attempts at levels."""

from collections.abc import Iterable

from laurels.calls import values
from laurels.client.rpc import Ask, unary, walk
from laurels.v1 import progress_service_pb2 as pb


def _name_failures(
    request: pb.BatchSubmitProgressRequest, answer: pb.BatchSubmitProgressResponse
) -> None:
    """Puts the request id beside each error, as it stands in each response."""
    for attempt, result in zip(request.requests, answer.results, strict=False):
        if result.HasField("error"):
            result.error.metadata["request_id"] = attempt.request_id


class ProgressCalls:
    """The calls of ProgressService."""

    @unary(lambda stubs: stubs.progress.SubmitProgress)
    def submit_progress(
        self,
        *,
        user_id: str,
        level_id: str,
        total_questions: int,
        correct_answers: int,
        score: int = 0,
        time_spent_seconds: int = 0,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Ask[pb.SubmitProgressRequest]:
        """Records one attempt at a level; answers a SubmitProgressResponse.

        Everything it changes is committed together or not at all. With one `request_id` it counts
        once, however often it is sent.

        Args:
            user_id: The learner; 1-128 printable ASCII characters without spaces.
            level_id: The level; 1-128 printable ASCII characters without spaces.
            total_questions: How many questions were asked, 1-10000.
            correct_answers: How many of them were answered correctly, 0 to `total_questions`.
            score: To record, 0 to the level's `max_score`; it never pays XP.
            time_spent_seconds: How long the attempt took, 0-31536000 seconds (one year).
            request_id: One for each attempt, kept for every repeat; 1-128 printable ASCII
                characters without spaces. Made here where you give none, and told by the answer
                and by every error.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            InvalidArgument: A value breaks its limits.
            NotFound: LEARNER_NOT_FOUND, LEVEL_NOT_FOUND.
            Refused: LEVEL_LOCKED, LEVEL_RETIRED, XP_OUT_OF_RANGE.
            Conflict: REQUEST_ID_REUSED: the id was used before with other content.
            Overloaded: Nothing was begun; repeat after a short pause.
            Unavailable, DeadlineExceeded: Nobody can tell; repeat with the error's `request_id`.
        """
        request = pb.SubmitProgressRequest(
            request_id=values.request_id(request_id),
            user_id=user_id,
            level_id=level_id,
            score=score,
            total_questions=total_questions,
            correct_answers=correct_answers,
            time_spent_seconds=time_spent_seconds,
        )
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.progress.BatchSubmitProgress, _name_failures)
    def batch_submit_progress(
        self, attempts: Iterable[pb.SubmitProgressRequest], *, timeout: float | None = None
    ) -> Ask[pb.BatchSubmitProgressRequest]:
        """Records up to 1000 attempts; answers a BatchSubmitProgressResponse.

        Not atomic: each attempt is booked or refused by itself and has its result at the same
        index, either `response` or `error`. `laurels.item_error` makes an exception of the latter.

        Args:
            attempts: 1-1000 of them, in at most 4 MiB. An attempt without a `request_id` is sent
                under a new one (your message stays as it is), which `response.request_id` or
                `error.metadata["request_id"]` tells: repeat a failed attempt with that.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            InvalidArgument: No attempts, or more than 1000.
            MessageTooLarge: More than 4 MiB; nothing was sent.
            Unavailable, DeadlineExceeded: Some may be booked; repeat with the error's
                `request_ids`, which are in the order of the attempts.
        """
        request = pb.BatchSubmitProgressRequest(requests=attempts)
        for attempt in request.requests:
            if not attempt.request_id:
                attempt.request_id = values.new_request_id()
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.progress.GetSubmission)
    def get_submission(
        self, user_id: str, request_id: str, *, timeout: float | None = None
    ) -> Ask[pb.GetSubmissionRequest]:
        """Tells what became of an earlier call; answers a GetSubmissionResponse.

        Args:
            user_id: The learner.
            request_id: The id of that call.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEARNER_NOT_FOUND; SUBMISSION_NOT_FOUND, which is not definite: a call still
                on its way may yet book it. Repeat that call to be certain.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        return Ask(pb.GetSubmissionRequest(user_id=user_id, request_id=request_id), timeout)

    @unary(lambda stubs: stubs.progress.ListProgress)
    def list_progress(
        self,
        user_id: str,
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Ask[pb.ListProgressRequest]:
        """Lists one page of levels with the learner's status; answers a ListProgressResponse.

        Args:
            user_id: The learner.
            page_size: Levels a page; 0 means 50, more than 1000 means 1000.
            page_token: `next_page_token` of the page before; empty for the first.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEARNER_NOT_FOUND.
            InvalidToken: The page token is not of this walk.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        request = pb.ListProgressRequest(
            user_id=user_id, page_size=page_size, page_token=page_token
        )
        return Ask(request, timeout)

    @walk(list_progress, lambda page: page.levels)
    def iter_progress(
        self, user_id: str, *, page_size: int = 1000, timeout: float | None = None
    ) -> Ask[pb.ListProgressRequest]:
        """Goes through every level with the learner's status; gives a LevelProgress each.

        Args:
            user_id: The learner.
            page_size: Levels to ask for at a time, 1-1000.
            timeout: Seconds to wait for each page; the client's default where None.

        Raises:
            LaurelsError: As `list_progress`, on the way.
        """
        return Ask(pb.ListProgressRequest(user_id=user_id, page_size=page_size), timeout)
