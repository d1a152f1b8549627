"""Writes the API reference, docs/api/, from a descriptor set of the protos.

`write` puts the pages there; `check` tells which of them do not follow from the protos.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.descriptors import Enum, File, Message, Method, Service, read, uncommented
from tools.prose import Prose, first_sentence, paragraphs

PROTOSET = Path("clients/laurels.protoset")
FOLDER = Path("docs/api")

_HEAD = "<!-- Written by `make generate` from protos/; not to be edited by hand. -->\n"
_REASONS_PAGE = "error-reasons.md"
_NAMES_PAGE = "messages.md"
_PREFIX = "ERROR_REASON_"

_ORDER = (
    "ProgressService",
    "XpService",
    "LeaderboardService",
    "CatalogService",
    "UserService",
    "AuditService",
)
"""What most callers look for comes first; a service that is not named here, last."""


def pages(files: Sequence[File]) -> dict[str, str]:
    """Every page of the reference, by its name."""
    if bare := list(uncommented(files)):
        raise ValueError(f"without a comment, or the set without source info: {', '.join(bare)}")
    prose = Prose(_places(files))
    services = sorted((file for file in files if file.services), key=_turn)
    made = {_page_of(file): _service_page(file, prose) for file in services}
    made[_REASONS_PAGE] = _reasons_page(files, prose)
    made[_NAMES_PAGE] = _names_page(files, prose)
    made["index.md"] = _index_page(services, prose)
    return {name: f"{_HEAD}\n{text.strip()}\n" for name, text in sorted(made.items())}


def _page_of(file: File) -> str:
    """The page that tells of a file: `xp-service.md`, or that of the error reasons."""
    if not file.services:
        return _REASONS_PAGE
    return re.sub(r"(?<!^)(?=[A-Z])", "-", file.services[0].name).lower() + ".md"


def _turn(file: File) -> int:
    name = file.services[0].name
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _places(files: Sequence[File]) -> dict[str, str]:
    """Where each name is told of: a page, or a heading on it."""
    places: dict[str, str] = {}
    for file in files:
        page = _page_of(file)
        for service in file.services:
            places[service.name] = page
            for method in service.methods:
                places[method.name] = f"{page}#{method.name.lower()}"
                places[f"{service.name}.{method.name}"] = places[method.name]
        for named in (*file.messages, *file.enums):
            places[named.name] = f"{page}#{named.name.lower()}"
        for reason in _reasons(file):
            places[reason] = f"{page}#{reason.lower()}"
        if not file.services:
            places["ErrorReason"] = page
    return places


def _reasons(file: File) -> list[str]:
    """The error reasons that a file declares, as an ErrorInfo has them."""
    return [
        value.name.removeprefix(_PREFIX)
        for enum in file.enums
        if enum.name == "ErrorReason"
        for value in enum.values
        if value.number
    ]


def _index_page(services: Sequence[File], prose: Prose) -> str:
    parts = [
        "# API reference",
        "Package `laurels.v1`, from the comments in `protos/laurels/v1/`. The protos are the "
        "manual; these pages are the same text, with links.",
        "| Service | Calls |\n|---|---|",
    ]
    rows = [
        f"| {prose.link(service.name)} | "
        + ", ".join(prose.link(method.name) for method in service.methods)
        + " |"
        for file in services
        for service in file.services
    ]
    parts[-1] += "\n" + "\n".join(rows)
    parts.append(
        f"[Error reasons]({_REASONS_PAGE}) tells of every reason a call can fail for; "
        f"[messages]({_NAMES_PAGE}) lists every message and enum by name. "
        "How to call all this well: [integrating](../integrating.md)."
    )
    return "\n\n".join(parts)


def _service_page(file: File, prose: Prose) -> str:
    [service] = file.services
    messages = {message.name: message for message in file.messages}
    parts = [
        f"# {service.name}",
        prose.text(service.comment, but=service.name),
        f"`laurels.v1.{service.name}`, declared in `protos/{file.name}`.",
        _calls(service, prose),
    ]
    for method in service.methods:
        parts += _method(method, prose)
        for name in (method.request, method.response):
            # One that two calls share is told of with the first.
            if message := messages.pop(name, None):
                parts += _message(message, prose)
    if messages or file.enums:
        parts.append("## Messages and enums")
    for message in messages.values():
        parts += _message(message, prose)
    for enum in file.enums:
        parts += _enum(enum, prose)
    return "\n\n".join(parts)


def _calls(service: Service, prose: Prose) -> str:
    rows = [
        f"| {prose.link(method.name)} | {prose.line(first_sentence(method.comment))} |"
        for method in service.methods
    ]
    return "\n".join(["| Call | |", "|---|---|", *rows])


def _method(method: Method, prose: Prose) -> list[str]:
    told = [f"## {method.name}"]
    errors: list[str] = []
    for paragraph in paragraphs(method.comment):
        if paragraph.startswith("Errors: "):
            listed, _, more = paragraph.removeprefix("Errors: ").partition(". ")
            each = listed.removesuffix(".").split("; ")
            errors = ["**Errors**", "\n".join(f"- {prose.line(error)}" for error in each)]
            errors += [prose.text(more)] if more else []
        else:
            told.append(prose.text(paragraph, but=method.name))
    stream = "stream of " if method.streams else ""
    told.append(f"{prose.link(method.request)} → {stream}{prose.link(method.response)}")
    return told + errors


def _message(message: Message, prose: Prose) -> list[str]:
    told = [f"### {message.name}", prose.text(message.comment, but=message.name)]
    if not message.fields:
        return [*told, "No fields."]
    rows = ["| Field | Type | |", "|---|---|---|"]
    for field in message.fields:
        kind = prose.kind(field.kind)
        shown = " ".join(word for word in (field.label, kind) if word)
        if field.oneof:
            shown += f", one of `{field.oneof}`"
        comment = prose.line(field.comment, but=message.name)
        rows.append(f"| `{field.name}` | {shown} | {comment} |")
    return [*told, "\n".join(rows)]


def _enum(enum: Enum, prose: Prose) -> list[str]:
    rows = ["| Value | Number | |", "|---|---|---|"]
    rows += [
        f"| `{value.name}` | {value.number} | {prose.line(value.comment)} |"
        for value in enum.values
    ]
    return [f"### {enum.name}", prose.text(enum.comment, but=enum.name), "\n".join(rows)]


def _names_page(files: Sequence[File], prose: Prose) -> str:
    rows = ["| Name | |", "|---|---|"]
    named = [each for file in files for each in (*file.messages, *file.enums)]
    rows += [
        f"| {prose.link(each.name)} | {prose.line(first_sentence(each.comment))} |"
        for each in sorted(named, key=lambda each: each.name)
    ]
    return "\n\n".join(["# Messages and enums", "Every one, by name.", "\n".join(rows)])


def _reasons_page(files: Sequence[File], prose: Prose) -> str:
    [enum] = [enum for file in files for enum in file.enums if enum.name == "ErrorReason"]
    parts = [
        "# Error reasons",
        prose.text(enum.comment, but=enum.name),
        "What to do about each, at a glance: [errors](../errors.md).",
    ]
    methods = [method for file in files for service in file.services for method in service.methods]
    for value in enum.values:
        reason = value.name.removeprefix(_PREFIX)
        if not value.number:
            continue
        parts += [f"## {reason}", prose.text(value.comment, but=reason)]
        callers = [
            prose.link(method.name)
            for method in methods
            if re.search(rf"\b{reason}\b", method.comment)
        ]
        if callers:
            parts.append(f"Named by {', '.join(callers)}.")
        parts.append(f"`{value.name}` = {value.number}")
    return "\n\n".join(parts)


def main() -> int:
    """Runs `reference write|check`; answers 1 when a page is not what the protos say."""
    [verb] = sys.argv[1:]
    wanted = pages(read(PROTOSET))
    there = {path.name: path.read_text() for path in FOLDER.glob("*")}
    if verb == "write":
        FOLDER.mkdir(exist_ok=True)
        for name in there.keys() - wanted.keys():
            (FOLDER / name).unlink()
        for name, text in wanted.items():
            (FOLDER / name).write_text(text)
        return 0
    wrong = sorted(
        name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name)
    )
    for name in wrong:
        print(
            f"{FOLDER / name} does not follow from the protos: run make generate", file=sys.stderr
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
