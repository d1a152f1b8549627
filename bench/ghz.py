"""Has ghz send calls that differ from each other, and reads its report.

ghz is written in Go and not by us. It goes round a list of messages that is made before it starts,
whichever caller sends them, and lets every call that is under way come to its end.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import google.rpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from bench import workload
from bench.job import TIMEOUT_S, Ended, Job, Measured, outcome
from bench.programs import ProgramFailed, output_of

_PROTOS = Path(__file__).parents[1] / "protos"
_FOREIGN_PROTOS = Path(next(iter(google.rpc.__path__))).parents[1]

_METHODS = {
    "SubmitProgress": ("progress_service", "laurels.v1.ProgressService/SubmitProgress"),
    "GetStanding": ("leaderboard_service", "laurels.v1.LeaderboardService/GetStanding"),
}

_PER_SECOND_MOST = 10_000
"""No server here answers more; so many messages are made."""

_APART = 50_000
"""All who are active take their turns, so no learner has two submissions under way."""

_LIMIT_S = 300.0


def can(job: Job) -> bool:
    """Whether the job is one for it."""
    return job.rpc in _METHODS


async def drive(binary: str, job: Job) -> Measured:
    """Does a job. Raises ProgramFailed."""
    proto, method = _METHODS[job.rpc]
    messages = [MessageToDict(one, preserving_proto_field_name=True) for one in _messages(job)]
    with tempfile.NamedTemporaryFile("w", prefix="laurels-ghz-", suffix=".json") as data:
        json.dump(messages, data)
        data.flush()
        output = await output_of(
            binary,
            "--insecure",
            *("--proto", str(_PROTOS / f"laurels/v1/{proto}.proto")),
            *("--import-paths", f"{_PROTOS},{_FOREIGN_PROTOS}"),
            *("--call", method),
            *("--data-file", data.name),
            "--disable-template-functions",
            "--disable-template-data",
            *("--concurrency", str(job.callers), "--connections", str(job.connections)),
            *("--duration", f"{job.warm_up_s + job.measured_s}s", "--duration-stop", "wait"),
            *("--timeout", f"{TIMEOUT_S}s", "--format", "json"),
            job.address,
            limit_s=_LIMIT_S,
        )
    return _read(json.loads(output), job, len(messages))


def _messages(job: Job) -> Iterator[Message]:
    learners = workload.active(job.learners)
    if job.rpc == "GetStanding":
        return iter(workload.standings(learners))
    most = round((job.warm_up_s + job.measured_s) * _PER_SECOND_MOST)
    return islice(workload.walk(job.unit, learners, at_once=_APART), most)


def _read(report: dict[str, Any], job: Job, messages: int) -> Measured:
    calls: list[dict[str, Any]] = report["details"]
    if job.rpc == "SubmitProgress" and len(calls) > messages and not job.over_and_over:
        raise ProgramFailed(f"{len(calls)} calls were sent, {messages} were made")
    ended = [
        Ended(datetime.fromisoformat(call["timestamp"]).timestamp(), call["latency"] / 1e9)
        for call in calls
        if call["status"] == "OK"
    ]
    errors = [call["error"] for call in calls if call["status"] != "OK"]
    began_s = min((call.at_s - call.latency_s for call in ended), default=0.0) + job.warm_up_s
    return outcome(ended, errors, began_s, began_s + job.measured_s)
