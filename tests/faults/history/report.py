"""Says what a run was, and shows what it found so that it can be understood at night."""

from collections import Counter
from collections.abc import Iterable, Sequence

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_POSTGRES,
    GetLeaderboardRequest,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
    LeaderboardSource,
)
from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from laurels.v1.user_service_pb2 import UpsertUsersRequest, UpsertUsersResponse
from tests.faults.history.calls import Answer, Call, Finding, History, Request, content
from tests.faults.history.nemesis import Harm, Struck
from tests.faults.history.truth import Truth
from tests.faults.sometimes import Sometimes

_FINDINGS_MOST = 5
_CALLS_MOST = 6


def interesting(
    history: History, truth: Truth, struck: Sequence[Struck], rebuilds: int
) -> Sometimes:
    """What a run must have met, or it proves nothing."""
    sometimes = Sometimes()
    sometimes.saw("a rebuild", times=rebuilds)
    lost = sum(entry.amount < 0 and not entry.total_after for entry in truth.entries)
    sometimes.saw("a place lost", times=lost)
    for call in history.calls:
        answer = call.answer
        if isinstance(answer, GetLeaderboardResponse | GetStandingResponse):
            fallback = answer.source == LEADERBOARD_SOURCE_POSTGRES
            sometimes.saw("an answer from PostgreSQL", times=fallback)
        sometimes.saw("a replayed answer", times=call.replayed)
        sometimes.saw("a definite refusal", times=call.definite)
        sometimes.saw("an indefinite failure", times=call.indefinite)
        if call.retries and answer is not None:
            sometimes.saw(f"a retry {'replayed' if call.replayed else 'booked anew'}")
    for harm in struck:
        if harm.harm is Harm.KILL_SERVER:
            sometimes.saw("a restart under load", times=_met_load(history, harm))
    return sometimes


def _met_load(history: History, killed: Struck) -> bool:
    """Whether callers met the killed server, and then the new one."""
    of_it = [call for call in history.calls if call.server == killed.server]
    missed = any(call.indefinite and killed.began < call.completed < killed.ended for call in of_it)
    return missed and any(call.answer and call.invoked > killed.ended for call in of_it)


def summary(history: History, struck: Sequence[Struck]) -> str:
    """One line."""
    calls = history.calls
    failures = Counter(call.code for call in calls if call.indefinite)
    refusals = Counter(call.reason for call in calls if call.definite)
    pages = Counter(
        LeaderboardSource.Name(call.answer.source).removeprefix("LEADERBOARD_SOURCE_")
        for call in calls
        if isinstance(call.answer, GetLeaderboardResponse | GetStandingResponse)
    )
    harms = Counter(harm.harm.value for harm in struck)
    return (
        f"{len(calls)} calls: {sum(call.answer is not None for call in calls)} acknowledged, "
        f"{refusals.total()} definite ({_counts(refusals)}), "
        f"{failures.total()} indefinite ({_counts(failures)}); "
        f"{pages.total()} pages and places checked ({_counts(pages)}); "
        f"{harms.total()} faults ({_counts(harms)})"
    )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counter.most_common())


def told(findings: Sequence[Finding], history: History, struck: Sequence[Struck]) -> str:
    """The first findings, with the calls that show them and the faults of that time."""
    began = min((call.invoked for call in history.calls), default=0.0)
    lines = [f"{len(findings)} broken promises"]
    for finding in findings[:_FINDINGS_MOST]:
        lines.append(f"- {finding.what}")
        lines += [f"    {line(call, began)}" for call in finding.calls[:_CALLS_MOST]]
        lines += [f"    meanwhile: {harm}" for harm in _meanwhile(finding.calls, struck, began)]
    return "\n".join(lines)


def _meanwhile(calls: Sequence[Call], struck: Iterable[Struck], began: float) -> list[str]:
    if not calls:
        return []
    first = min(call.invoked for call in calls)
    last = max(call.completed for call in calls)
    return [
        f"{harm.began - began:.3f}..{harm.ended - began:.3f} {harm.harm.value}"
        + (f" {harm.server}" if "server" in harm.harm.value else "")
        for harm in struck
        if harm.began < last and harm.ended > first
    ]


def line(call: Call, began: float) -> str:
    """One call, its times in seconds from the beginning of the run."""
    came = (
        f"{call.code} {call.reason}{' (definite)' if call.definite else ''}"
        if call.answer is None
        else _answered(call.answer)
    )
    part = f" in batch {call.batch}" if call.batch else ""
    part += f" repeats #{call.retries}" if call.retries else ""
    return (
        f"{call.invoked - began:.6f}..{call.completed - began:.6f} #{call.number} {call.client} "
        f"at server {call.server}{part}: {_asked(call.request)} -> {came}"
    )


def _asked(request: Request) -> str:
    match request:
        case GetLeaderboardRequest():
            return f"page with token {request.consistency_token or 'none'}"
        case GetStandingRequest():
            token = request.consistency_token or "none"
            return f"place of {request.user_id} and {request.neighbors} beside, token {token}"
        case UpsertUsersRequest():
            [user] = request.users
            return f"rename {user.user_id} to {user.display_name!r}"
        case _:
            what = " ".join(str(part) for part in content(request))
            return f"{request.user_id} {request.request_id} {what}"


def _answered(answer: Answer) -> str:
    match answer:
        case GetLeaderboardResponse() | GetStandingResponse():
            source = LeaderboardSource.Name(answer.source).removeprefix("LEADERBOARD_SOURCE_")
            as_of = f"{answer.as_of.ToDatetime():%H:%M:%S.%f}"
            return f"{answer.total_entries} from {source} as of {as_of}"
        case UpsertUsersResponse():
            return "OK"
        case SubmitProgressResponse():
            what = f"earned {answer.xp_earned}, total {answer.total_xp}, attempt {answer.attempts}"
        case _:
            what = f"{answer.entry.amount:+}, total {answer.total_xp}"
    return what + (", replayed" if answer.replayed else "")
