"""No RPC, reason or request field can be added to the protos and be forgotten by the client."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, ServiceDescriptor

import laurels
from laurels.client import retries
from laurels.client.channel import Settings
from laurels.client.rpc import Stream, Unary, Walk
from laurels.errors import BY_CODE, FOR_GOOD, KINDS, Reason
from laurels.v1 import (
    audit_service_pb2,
    catalog_service_pb2,
    leaderboard_service_pb2,
    progress_service_pb2,
    user_service_pb2,
    xp_service_pb2,
)
from laurels.v1.error_reason_pb2 import ErrorReason
from laurels_server.rpc.errors import STATUS
from tests.e2e.process import Laurels
from tests.pyclient.either import Either

REASONS = Path(__file__).parents[2] / "protos/laurels/v1/error_reason.proto"

SERVICES: list[ServiceDescriptor] = [
    service
    for module in (
        audit_service_pb2,
        catalog_service_pb2,
        leaderboard_service_pb2,
        progress_service_pb2,
        user_service_pb2,
        xp_service_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
]
RPCS = [(service, method) for service in SERVICES for method in service.methods]


def described(name: str) -> Unary[..., Any, Any] | Stream[..., Any, Any] | Walk[..., Any, Any, Any]:
    """What a method of the client is made of."""
    for made in laurels.Client.__mro__:
        if name in vars(made):
            return vars(made)[name]
    raise AssertionError(f"no method {name}")


def plainly(name: str) -> str:
    """GetXpAccount becomes get_xp_account."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize(("service", "method"), RPCS, ids=lambda it: it.name)
def test_each_rpc_has_a_method_that_takes_every_field(
    service: ServiceDescriptor, method: Any
) -> None:
    made = described(plainly(method.name))
    assert isinstance(made, Stream if method.server_streaming else Unary)
    taken = set(inspect.signature(made.plan).parameters) - {"self", "timeout"}
    named = {"after": "consistency_token", "attempts": "requests"}
    wanted = {field.name for field in method.input_type.fields}
    assert {named.get(name, name) for name in taken} == wanted


VALUES: dict[str, Any] = {
    "attempts": [progress_service_pb2.SubmitProgressRequest()],
    "levels": [laurels.Level()],
    "users": [laurels.User()],
    "update_mask": ["title"],
}
"""What is given for a parameter where its type is not that of its default."""


@pytest.mark.parametrize("name", [name for name in dir(laurels.Client) if name[0] != "_"])
def test_what_a_method_is_given_arrives_in_its_field(name: str) -> None:
    if name == "close" or name.startswith("bind_"):
        return
    plan = described(name)
    parameters = inspect.signature(plan.plan).parameters
    given: dict[str, Any] = {}
    for parameter in parameters.values():
        if parameter.name not in ("self", "timeout"):
            fitting = {int: 7, bool: True}.get(parameter.annotation, "given")
            given[parameter.name] = VALUES.get(parameter.name, fitting)
    ask = plan.ask(**given, timeout=1.5)
    arrived = {field.name: value for field, value in ask.request.ListFields()}
    named = {"after": "consistency_token", "attempts": "requests"}
    assert set(arrived) == {named.get(name, name) for name in given}
    assert ask.timeout == 1.5
    for parameter, value in given.items():
        if parameter not in VALUES:
            assert arrived[named.get(parameter, parameter)] == value


@pytest.mark.parametrize(("service", "method"), RPCS, ids=lambda it: it.name)
def test_each_rpc_is_repeated_or_is_not_for_a_reason(
    service: ServiceDescriptor, method: Any
) -> None:
    repeated = method.name in retries.REPEATED.get(service.full_name, ())
    left = method.name in retries.NOT_REPEATED.get(service.full_name, ())
    assert repeated != left


def test_what_is_repeated_has_a_request_id_or_writes_nothing() -> None:
    """The writes without a request id are those named here; whatever is new must be thought of."""
    without = {"UpsertLevels", "RetireLevel", "UpsertUsers", "AuditAll", "RebuildProjection"}
    assert {name for names in retries.NOT_REPEATED.values() for name in names} == without
    for service, names in retries.REPEATED.items():
        for name in names:
            if name.startswith(("Get", "List", "AuditUser")):
                continue
            fields = input_of(service, name).fields_by_name
            assert "request_id" in fields or name == "BatchSubmitProgress", name


def input_of(service: str, method: str) -> Descriptor:
    [found] = [m for s, m in RPCS if (s.full_name, m.name) == (service, method)]
    return found.input_type


def test_grpc_is_told_this_policy_and_no_other() -> None:
    options = dict(Settings("127.0.0.1:1", None, False, 5.0, True, ()).channel_options)
    config = json.loads(str(options["grpc.service_config"]))
    [methods] = config["methodConfig"]
    assert len(methods["name"]) == sum(map(len, retries.REPEATED.values()))
    assert methods["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert methods["retryPolicy"]["maxAttempts"] == 4
    assert config["retryThrottling"] == retries.THROTTLING
    without = dict(Settings("127.0.0.1:1", None, False, 5.0, False, ()).channel_options)
    assert "grpc.service_config" not in without
    assert without["grpc.enable_retries"] == 0


def test_each_reason_of_the_protos_has_its_exception() -> None:
    documented = ErrorReason.DESCRIPTOR.values_by_name
    names = {name.removeprefix("ERROR_REASON_") for name in documented} - {"UNSPECIFIED"}
    assert {reason.value for reason in Reason} == names
    assert set(KINDS) == set(Reason)


def test_what_is_definite_is_what_the_protos_say() -> None:
    documented = re.findall(
        r"((?:  //[^\n]*\n)+)  ERROR_REASON_(\w+) = [1-9]\d*;", REASONS.read_text()
    )
    definite = {name for comment, name in documented if ", definite" in comment}
    for_good = {name for comment, name in documented if ", definite for good." in comment}
    assert definite == {str(reason) for reason, kind in KINDS.items() if kind.definite}
    assert for_good == FOR_GOOD


def test_a_reason_and_its_status_lead_to_the_same_exception() -> None:
    for reason, code in STATUS.items():
        kind = KINDS[Reason(reason.value)]
        assert issubclass(kind.error, BY_CODE.get(code, laurels.errors.ServerDefect))


def test_no_request_asks_for_a_time() -> None:
    """`registered_at` is ignored in requests. A field that is not must be taken as a datetime."""
    found: set[str] = set()

    def look(message: Descriptor) -> None:
        for field in message.fields:
            if field.message_type is None:
                continue
            if field.message_type.full_name == "google.protobuf.Timestamp":
                found.add(field.full_name)
            elif field.message_type.full_name.startswith("laurels."):
                look(field.message_type)

    for _, method in RPCS:
        look(method.input_type)
    assert found == {"laurels.v1.User.registered_at"}


def test_each_method_tells_in_its_help_what_it_takes() -> None:
    for client in (laurels.Client, laurels.aio.Client):
        for _, method in RPCS:
            shown = getattr(client, plainly(method.name))
            for name in set(inspect.signature(shown).parameters) - {"self"}:
                assert f"    {name}:" in shown.__doc__, f"{method.name} does not tell of {name}"
            assert inspect.iscoroutinefunction(shown) == (
                client is laurels.aio.Client and not method.server_streaming
            )


async def test_every_rpc_of_a_real_server_answers(
    either: Either, learner: str, server: Laurels
) -> None:
    level = laurels.Level(level_id=f"of-{learner}-{type(either.client).__module__}", title="One")
    level_id = level.level_id
    assert (await either.call("upsert_levels", [level])).levels[0].title == "One"
    assert (await either.call("get_level", level_id)).level.level_id == level_id
    assert (await either.call("list_levels", page_size=1)).next_page_token
    named = laurels.User(user_id=learner, display_name="Ada", group_ids=["ignored"])
    await either.call("upsert_users", [named], update_mask=["display_name"])
    user = (await either.call("get_user", learner)).user
    assert (user.display_name, list(user.group_ids)) == ("Ada", [])

    attempt = {"level_id": level_id, "total_questions": 5, "correct_answers": 5}
    answer = await either.call("submit_progress", user_id=learner, **attempt)
    stored = await either.call("get_submission", learner, answer.request_id)
    assert stored.submission.progress.attempts == 1
    assert (await either.call("list_progress", learner)).levels
    award = await either.call("award_xp", user_id=learner, amount=7, source="cyber")
    adjusted = await either.call("adjust_xp", user_id=learner, amount=3, reason="r", actor="a")
    assert (award.total_xp, adjusted.total_xp) == (7, 10)
    entry_id = award.entry.entry_id
    reversal = await either.call(
        "reverse_xp_entry", user_id=learner, entry_id=entry_id, reason="r", actor="a"
    )
    assert (await either.call("get_xp_account", learner)).account.total_xp == 3
    assert len((await either.call("list_xp_entries", learner)).entries) == 3

    page = await either.call("get_leaderboard", after=reversal)
    assert learner in {entry.user_id for entry in page.entries}
    standing = await either.call("get_standing", learner, after=reversal.consistency_token)
    assert (standing.placed, standing.entry.xp) == (True, 3)
    assert (await either.call("retire_level", level_id)).level.retired

    assert not (await either.call("audit_user", learner)).findings
    assert (await either.call("get_sync_status")).ledger_seq >= 3
    assert (await either.each("rebuild_projection"))[-1].in_use
    audit = await either.each("audit_all")
    assert audit[-1].WhichOneof("event") == "summary"
    assert audit[-1].summary.findings == 0
