"""Acknowledged is booked once, as answered; refused is not booked; unknown is booked whole or not.

Each check returns what it finds broken.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict

from laurels.v1.progress_service_pb2 import ProgressStatus, SubmitProgressResponse
from laurels.v1.user_service_pb2 import UpsertUsersResponse
from laurels.v1.xp_service_pb2 import AwardXpRequest, XpEntry, XpEntryKind
from laurels_server.rpc.tokens import read_consistency_token
from tests.faults.history.calls import (
    CHANGED,
    Call,
    Changed,
    Content,
    Finding,
    History,
    acknowledged,
    by_content,
    content,
    named_seq,
)
from tests.faults.history.truth import Entry, Row, Truth


def check_acknowledged(history: History, truth: Truth) -> list[Finding]:
    """What was answered is what is stored, once, and repeats were answered the same."""
    return [
        *_lost_or_different(history, truth),
        *_answered_differently(history),
        *_renames_lost(history, truth),
    ]


def _lost_or_different(history: History, truth: Truth) -> Iterator[Finding]:
    for call in history.calls:
        answer = call.answer
        if isinstance(answer, SubmitProgressResponse):
            yield from _submission(call, answer, truth)
        elif isinstance(answer, CHANGED):
            yield from _change(call, answer, truth)


def _submission(call: Call, answer: SubmitProgressResponse, truth: Truth) -> Iterator[Finding]:
    row = truth.rows.get(call.key)
    if row is None:
        yield Finding("acknowledged, but there is no row of it", (call,))
        return
    if row.kind != "PROGRESS" or truth.content_of(row) != _asked(call):
        yield Finding(f"acknowledged, but the row is of other content: {row}", (call,))
        return
    answered = _answered(answer)
    if different := {name for name, value in row.answer.items() if answered[name] != value}:
        stored = {name: row.answer[name] for name in sorted(different)}
        yield Finding(f"answered otherwise than stored: {stored}", (call,))
    entries = truth.entries_of.get(call.key, [])
    promised = [(answer.xp_earned, answer.total_xp)] if answer.xp_earned else []
    if [(entry.amount, entry.total_after) for entry in entries] != promised:
        yield Finding(f"the ledger says otherwise: {_listed(entries)}", (call,))
    yield from _token(call, answer.consistency_token, entries, truth)


def _change(call: Call, answer: Changed, truth: Truth) -> Iterator[Finding]:
    seq = named_seq(answer.entry.entry_id)
    entry = truth.by_seq.get(seq)
    if entry is None or _shown(answer.entry, seq) != entry:
        yield Finding(f"the ledger says otherwise: {entry or 'no entry'}", (call,))
        return
    if answer.total_xp != entry.total_after:
        yield Finding(f"answered a total that is not that of {entry}", (call,))
    if _is_of_another(call, answer):
        row = truth.rows.get(call.key)
        kept = row is not None and row.answered_by == seq
        booked = kept and answer.replayed and _same_award(call, entry)
    else:
        booked = entry.content == _asked(call)
    if not booked or (entry.user_id, entry.request_id) not in truth.rows:
        yield Finding(f"acknowledged, but the row of {entry} is missing or of another", (call,))
    entries = truth.entries_of[entry.user_id, entry.request_id]
    if len(entries) != 1:
        yield Finding(f"{len(entries)} entries under one request id", (call,))
    yield from _token(call, answer.consistency_token, [entry], truth)


def _is_of_another(call: Call, answer: Changed) -> bool:
    """Whether the answer is the entry that another request id made, for the same reference."""
    return answer.entry.request_id != call.key[1]


def _same_award(call: Call, entry: Entry) -> bool:
    asked = call.request
    return isinstance(asked, AwardXpRequest) and (
        asked.amount,
        asked.source,
        asked.reference,
    ) == (entry.amount, entry.source, entry.reference)


def _token(call: Call, token: str, entries: list[Entry], truth: Truth) -> Iterator[Finding]:
    """The token of an answer names a point of this ledger that includes what was answered."""
    point = read_consistency_token(token)
    seq = 0 if point is None else point.seq
    there = truth.by_seq.get(seq)
    if point is None or (
        seq and (there is None or there.recorded_at != point.recorded_at.timestamp())
    ):
        yield Finding(f"its consistency token names no point of the ledger ({point})", (call,))
    elif entries and seq < entries[-1].seq:
        yield Finding(f"its consistency token ends at {seq}, before {entries[-1]}", (call,))


def _answered_differently(history: History) -> Iterator[Finding]:
    for calls in history.writes().values():
        known = acknowledged(calls)
        first = [call for call in known if not call.replayed]
        if len(first) > 1:
            yield Finding("booked more than once under one request id", tuple(first))
        for call in known:
            if call.replayed and first and call.completed < first[0].invoked:
                yield Finding("replayed before it was first asked for", (call, first[0]))
        for same in by_content(known).values():
            if len({_promised(call) for call in same}) > 1:
                yield Finding("a repeat was answered differently", tuple(same))


def _promised(call: Call) -> bytes:
    """What every answer to one request id must repeat; the rest is about the call."""
    answer = call.answer
    assert isinstance(answer, (SubmitProgressResponse, *CHANGED))
    same = type(answer)()
    same.CopyFrom(answer)  # pyright: ignore[reportArgumentType]
    same.ClearField("replayed")
    same.ClearField("consistency_token")
    return same.SerializeToString(deterministic=True)


def _renames_lost(history: History, truth: Truth) -> Iterator[Finding]:
    for call in history.calls:
        if isinstance(call.answer, UpsertUsersResponse):
            [user] = call.answer.users
            if user.display_name not in truth.names.get(user.user_id, {}):
                yield Finding("acknowledged, but the ledger has no such rename", (call,))


def check_failures(history: History, truth: Truth) -> list[Finding]:
    """What was refused changed nothing, and whatever is stored is whole and was asked for."""
    return [
        *_refused_but_booked(history, truth),
        *_refused_for_no_reason(history, truth),
        *_not_whole(truth),
    ]


def _refused_but_booked(history: History, truth: Truth) -> Iterator[Finding]:
    writes = history.writes()
    for key, row in truth.rows.items():
        calls = by_content(writes.get(key, [])).get(truth.content_of(row) or (), [])
        if not calls:
            yield Finding(f"nobody asked for {row}", tuple(writes.get(key, ())))
        elif all(call.definite for call in calls):
            yield Finding(f"definitely failed each time, yet booked: {row}", tuple(calls))
    for (user_id, name), calls in history.renames().items():
        if name in truth.names.get(user_id, {}) and all(call.definite for call in calls):
            yield Finding("definitely failed, yet renamed", tuple(calls))


def _refused_for_no_reason(history: History, truth: Truth) -> Iterator[Finding]:
    for call in history.calls:
        match call.reason:
            case "INTERNAL":
                yield Finding("a defect of the server", (call,))
            case "INVALID_CONSISTENCY_TOKEN":
                yield Finding("no token was ever given that the ledger does not reach", (call,))
            case "LEARNER_NOT_FOUND" if call.write and call.key[0] in truth.learner_keys:
                yield Finding("the learner was registered all the time", (call,))
            case "REQUEST_ID_REUSED":
                row = truth.rows.get(call.key)
                if row is None or truth.content_of(row) == _asked(call):
                    yield Finding("refused as reused, but no other content is booked", (call,))
            case _:
                pass


def _not_whole(truth: Truth) -> Iterator[Finding]:
    """Rows without what belongs to them."""
    levels: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for key, row in truth.rows.items():
        entries = truth.entries_of.get(key, [])
        if row.kind == "PROGRESS":
            levels[row.user_id, row.inputs["level_id"]].append(row)
            earned = row.answer["xp_earned"]
            promised = [("LEVEL", earned, row.answer["total_xp"])] if earned else []
        elif row.answered_by is not None:
            promised = []
            answer = truth.by_seq.get(row.answered_by)
            if answer is None or (answer.user_id, answer.kind) != (row.user_id, "AWARD"):
                yield Finding(f"half booked: {row} answered by {answer}")
        else:
            # What kind it was of is all that the row says.
            promised = [(row.kind, entry.amount, entry.total_after) for entry in entries[:1]] or [
                ()
            ]
        if [(entry.kind, entry.amount, entry.total_after) for entry in entries] != promised:
            yield Finding(f"half booked: {row} with {_listed(entries)}")
    for key, entries in truth.entries_of.items():
        if key not in truth.rows:
            yield Finding(f"half booked: {_listed(entries)} without a row")
    for key in levels.keys() | truth.progress.keys():
        rows, level = levels[key], truth.progress.get(key)
        counted = (
            len(rows),
            max((row.inputs["score"] for row in rows), default=0),
            sum(row.answer["xp_earned"] for row in rows),
        )
        if level is None or (level.attempts, level.best_score, level.xp_paid) != counted:
            yield Finding(f"half booked: {key} has {counted}, its progress says {level}")


def _listed(entries: list[Entry]) -> str:
    return ", ".join(str(entry) for entry in entries) or "no entry"


def _asked(call: Call) -> Content:
    assert call.write is not None
    return content(call.write)


def _answered(answer: SubmitProgressResponse) -> dict[str, Any]:
    """An answer as it is stored."""
    fields = MessageToDict(
        answer, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    fields["status"] = ProgressStatus.Name(answer.status).removeprefix("PROGRESS_STATUS_")
    return fields


def _shown(entry: XpEntry, seq: int) -> Entry:
    """An entry that was answered, as the ledger has it."""
    return Entry(
        seq=seq,
        user_id=entry.user_id,
        amount=entry.amount,
        total_after=entry.total_after,
        kind=XpEntryKind.Name(entry.kind).removeprefix("XP_ENTRY_KIND_"),
        recorded_at=entry.recorded_at.ToMicroseconds() / 1e6,
        request_id=entry.request_id,
        source=entry.source,
        reference=entry.reference,
        reason=entry.reason,
        actor=entry.actor,
        reverses=named_seq(entry.reverses_entry_id),
    )
