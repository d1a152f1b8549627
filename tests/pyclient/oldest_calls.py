"""Run by the oldest libraries that the client declares: both clients, all kinds of calls.

`python oldest_calls.py ADDRESS OF_A_REAL_SERVER ADDRESS_WHERE_NOBODY_LISTENS USER_ID`
"""

import asyncio
import json
import sys
from importlib.metadata import version

import laurels

ADDRESS, NOWHERE, USER_ID = sys.argv[1:]


def blocking() -> list[object]:
    fields: list[str] = []
    with laurels.connect(ADDRESS, token="t") as client:
        client.upsert_users([laurels.User(user_id=USER_ID, display_name="Old")])
        first = client.submit_progress(
            user_id=USER_ID, level_id="puk_u1_l1", total_questions=5, correct_answers=5
        )
        again = client.submit_progress(
            user_id=USER_ID,
            level_id="puk_u1_l1",
            total_questions=5,
            correct_answers=5,
            request_id=first.request_id,
        )
        locked = laurels.SubmitProgressRequest(
            user_id=USER_ID, level_id="puk_u2_l1", total_questions=5, correct_answers=5
        )
        batch = client.batch_submit_progress([locked])
        item = laurels.item_error(batch.results[0].error)
        standing = client.get_standing(USER_ID, after=first)
        levels = sum(1 for _ in client.iter_levels(page_size=3))
        audit = list(client.audit_all())
        try:
            client.award_xp(user_id=USER_ID, amount=-1, source="cyber")
        except laurels.InvalidArgument as error:
            fields += [violation.field for violation in error.field_violations]
        try:
            client.upsert_users([laurels.User(user_id="x", display_name="x" * 5_000_000)])
        except laurels.errors.MessageTooLarge as error:
            fields.append(type(error).__name__)
    with laurels.connect(NOWHERE) as client:
        try:
            client.get_level("l")
        except laurels.LaurelsError as error:
            fields.append(type(error).__name__)
    return [
        again.replayed,
        item.reason,
        bool(item.request_id),
        standing.entry.xp,
        levels > 3,
        audit[-1].WhichOneof("event"),
        *fields,
    ]


async def awaiting() -> list[object]:
    reason = ""
    async with laurels.aio.connect(ADDRESS) as client:
        adjusted = await client.adjust_xp(user_id=USER_ID, amount=5, reason="r", actor="a")
        standing = await client.get_standing(USER_ID, after=adjusted)
        amounts = [entry.amount async for entry in client.iter_xp_entries(USER_ID, page_size=1)]
        audit = [event async for event in client.audit_all()]
        try:
            await client.get_user("nobody")
        except laurels.NotFound as error:
            reason = error.reason
    async with laurels.aio.connect(NOWHERE, retry=False) as client:
        try:
            await client.get_level("l")
        except laurels.LaurelsError as error:
            reason += " " + type(error).__name__
    return [standing.entry.xp, amounts, audit[-1].WhichOneof("event"), reason]


print(
    json.dumps(
        {
            "versions": {
                name: version(name) for name in ("grpcio", "protobuf", "googleapis-common-protos")
            },
            "sync": blocking(),
            "asyncio": asyncio.run(awaiting()),
        }
    )
)
