"""Answers as they are kept in `submissions.answer`, for ever: by field name, as JSON."""

from typing import Any

import orjson

from laurels_server.domain.progress import Answer, ProgressStatus, Submission


def answer_to_json(answer: Answer) -> str:
    """The JSON to store."""
    return orjson.dumps(answer).decode()


def answer_from_json(stored: str) -> Answer:
    """The answer stored, by this version or an earlier one."""
    named: dict[str, Any] = orjson.loads(stored)
    named["status"] = ProgressStatus(named["status"])
    named["unlocked_level_ids"] = tuple(named["unlocked_level_ids"])
    return Answer(**named)


def inputs_to_json(submission: Submission) -> str:
    """What was asked, beyond the ids it is kept under."""
    return orjson.dumps(submission.content()).decode()
