"""Runs the scenario through a Python client, blocking or (--asyncio) not; prints a line a step."""

import asyncio
import inspect
import json
import re
import secrets
import sys
from collections.abc import AsyncIterable, Sequence
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import field_mask_pb2, json_format
from google.protobuf.message import Message
from matching import Json, difference

import laurels
from laurels.v1 import (
    audit_service_pb2,
    catalog_service_pb2,
    leaderboard_service_pb2,
    progress_service_pb2,
    user_service_pb2,
    xp_service_pb2,
)

MESSAGES = (
    audit_service_pb2,
    catalog_service_pb2,
    leaderboard_service_pb2,
    progress_service_pb2,
    user_service_pb2,
    xp_service_pb2,
)

WALKS = {
    "ListXpEntries": "iter_xp_entries",
    "ListLevels": "iter_levels",
    "ListProgress": "iter_progress",
    "GetLeaderboard": "iter_leaderboard",
}

RENAMED = {"requests": "attempts", "consistency_token": "after"}
"""Fields that the client's methods take by another name."""


Client = laurels.Client | laurels.aio.Client


def method(client: Client, step: Json) -> tuple[Any, Message]:
    """The client's method of a step, and an empty request."""
    _, rpc = (step.get("call") or step.get("walk") or step.get("stream")).split(".")
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", rpc).lower()
    name = WALKS[rpc] if "walk" in step else snake
    module = next(module for module in MESSAGES if hasattr(module, f"{rpc}Request"))
    return getattr(client, name), getattr(module, f"{rpc}Request")()


def arguments(call: Any, request: Message) -> dict[str, Any]:
    """The request's fields as keyword arguments."""
    given: dict[str, Any] = {}
    for field, value in request.ListFields():
        is_mask = isinstance(value, field_mask_pb2.FieldMask)
        given[RENAMED.get(field.name, field.name)] = list(value.paths) if is_mask else value
    for parameter in inspect.signature(call).parameters.values():
        if parameter.default is parameter.empty and parameter.name not in given:
            given[parameter.name] = getattr(request, parameter.name)
    return given


def decoded(reply: Message) -> Json:
    """The reply as JSON."""
    return json_format.MessageToDict(reply)


def told(error: laurels.LaurelsError) -> Json:
    """What the error says."""
    return {
        "code": error.code.name,
        "reason": error.reason,
        "definite": error.definite,
        "message": error.message,
        "requestId": error.request_id,
        "requestIds": list(error.request_ids),
        "retryAfterMs": round(1000 * (error.retry_after or 0)),
        "fields": [violation.field for violation in error.field_violations],
        "metadata": dict(error.metadata),
    }


async def awaited(answer: Any) -> Any:
    """What a method of the asynchronous client answers; a list of what it yields."""
    if isinstance(answer, AsyncIterable):
        return [item async for item in answer]  # pyright: ignore[reportUnknownVariableType]
    return await answer


class Run:
    """One run of a scenario. In a loop the client is the asynchronous one."""

    def __init__(
        self, scenario: Json, places: dict[str, str], loop: asyncio.Runner | None = None
    ) -> None:
        self._loop = loop
        self._connections = scenario["connections"]
        self._places = places
        self._saved = {"run": secrets.token_hex(3), "large": "x" * 5_000_000}
        self._clients: dict[str, Client] = {}

    def tried(self, step: Json) -> str:
        """Carries out a step; returns what went wrong with it."""
        try:
            return self._carry_out(step)
        except Exception as defect:
            return repr(defect)

    def close(self) -> None:
        """Ends all connections."""
        for client in self._clients.values():
            closing = client.close()
            if self._loop and closing:
                self._loop.run(closing)

    def _carry_out(self, step: Json) -> str:
        on = step.get("on", "server")
        if on not in self._clients:
            self._clients[on] = self._open(**self._connections[on])
        call, request = method(self._clients[on], step)
        json_format.ParseDict(self._filled(step["request"]), request)
        what = "reply"
        try:
            answer = call(**arguments(call, request))
            if self._loop:
                answer = self._loop.run(awaited(answer))
            answer = (
                decoded(answer) if "call" in step else {"items": [decoded(item) for item in answer]}
            )
        except laurels.LaurelsError as error:
            what, answer = "error", told(error)
        if what not in step:
            return f"not expected: {what} {json.dumps(answer)}"
        for name, path in step.get("save", {}).items():
            part: Any = answer
            for key in path.split("."):
                part = part[int(key) if key.isdigit() else key]
            self._saved[name] = str(part)
        return difference(self._filled(step[what]), answer, what)

    def _open(
        self,
        address: str,
        tls: str = "",
        token: str | None = None,
        timeoutMs: int = 5_000,
        retry: bool = True,
    ) -> Client:
        credentials: bool | grpc.ChannelCredentials = tls == "system"
        if tls == "authority":
            authority = Path(self._places["authority"]).read_bytes()
            credentials = grpc.ssl_channel_credentials(root_certificates=authority)
        given: dict[str, Any] = {
            "tls": credentials,
            "token": token,
            "timeout": timeoutMs / 1000,
            "retry": retry,
        }
        if self._loop is None:
            return laurels.connect(self._places[address], **given)

        async def connect() -> Client:
            return laurels.aio.connect(self._places[address], **given)

        return self._loop.run(connect())

    def _filled(self, value: Json) -> Json:
        if isinstance(value, str):
            return re.sub(r"\$\{(\w+)\}", lambda found: self._saved[found[1]], value)
        if isinstance(value, list):
            return [self._filled(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, dict):
            return {name: self._filled(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        return value


def main(first: str, *rest: str) -> bool:
    """Runs the scenario of a file; tells whether all went well."""
    if first != "--asyncio":
        return carried_out(first, rest, None)
    with asyncio.Runner() as loop:
        return carried_out(rest[0], rest[1:], loop)


def carried_out(file: str, given: Sequence[str], loop: asyncio.Runner | None) -> bool:
    """Carries out step after step; tells whether all went well."""
    scenario = json.loads(Path(file).read_text())
    run = Run(scenario, dict(place.split("=", 1) for place in given), loop)
    all_ok = True
    for step in scenario["steps"]:
        detail = run.tried(step)
        all_ok = all_ok and not detail
        print(json.dumps({"step": step["name"], "ok": not detail, "detail": detail}), flush=True)
    run.close()
    return all_ok


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
