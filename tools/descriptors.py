"""Reads a descriptor set with source info: every call, message and enum with its comment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

PACKAGE = "laurels.v1"

_NAMED_TYPES = (FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.TYPE_ENUM)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message."""

    name: str
    kind: str
    """Its type as a proto spells it: `int32`, `XpEntry`, `map<string, string>`."""
    label: str
    """`repeated`, `optional` or nothing."""
    oneof: str
    """The choice that it belongs to; mostly none."""
    comment: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message."""

    name: str
    comment: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an enum."""

    name: str
    number: int
    comment: str


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum."""

    name: str
    comment: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """A call."""

    name: str
    request: str
    response: str
    streams: bool
    """Whether it answers with a stream; none takes one."""
    comment: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service."""

    name: str
    comment: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A proto of ours: at most one service, and what it declares."""

    name: str
    services: tuple[Service, ...]
    messages: tuple[Message, ...]
    enums: tuple[Enum, ...]


def read(protoset: Path) -> list[File]:
    """The protos of our package in a descriptor set."""
    files = FileDescriptorSet.FromString(protoset.read_bytes()).file
    return [_Reader(file).file() for file in files if file.package == PACKAGE]


class _Reader:
    """Reads one file. A comment belongs to a path: numbers of fields and places in them."""

    def __init__(self, file: FileDescriptorProto) -> None:
        self._file = file
        self._comments = {
            tuple(place.path): "\n".join(
                line.removeprefix(" ") for line in place.leading_comments.rstrip().split("\n")
            )
            for place in file.source_code_info.location
        }

    def file(self) -> File:
        file = self._file
        return File(
            name=file.name,
            services=tuple(
                self._service(service, (file.SERVICE_FIELD_NUMBER, index))
                for index, service in enumerate(file.service)
            ),
            messages=tuple(
                self._message(message, (file.MESSAGE_TYPE_FIELD_NUMBER, index))
                for index, message in enumerate(file.message_type)
            ),
            enums=tuple(
                self._enum(enum, (file.ENUM_TYPE_FIELD_NUMBER, index))
                for index, enum in enumerate(file.enum_type)
            ),
        )

    def _comment(self, path: tuple[int, ...]) -> str:
        return self._comments.get(path, "")

    def _service(self, service: ServiceDescriptorProto, path: tuple[int, ...]) -> Service:
        return Service(
            name=service.name,
            comment=self._comment(path),
            methods=tuple(
                Method(
                    name=method.name,
                    request=_local(method.input_type),
                    response=_local(method.output_type),
                    streams=method.server_streaming,
                    comment=self._comment((*path, service.METHOD_FIELD_NUMBER, index)),
                )
                for index, method in enumerate(service.method)
            ),
        )

    def _message(self, message: DescriptorProto, path: tuple[int, ...]) -> Message:
        return Message(
            name=message.name,
            comment=self._comment(path),
            fields=tuple(
                self._field(message, field, (*path, message.FIELD_FIELD_NUMBER, index))
                for index, field in enumerate(message.field)
            ),
        )

    def _field(
        self, message: DescriptorProto, field: FieldDescriptorProto, path: tuple[int, ...]
    ) -> Field:
        kind, label = _kind(field), ""
        entries = {nested.name: nested for nested in message.nested_type}
        if entry := entries.get(kind.rpartition(".")[2]):
            key, value = (_kind(part) for part in entry.field)
            kind = f"map<{key}, {value}>"
        elif field.label == FieldDescriptorProto.LABEL_REPEATED:
            label = "repeated"
        elif field.proto3_optional:
            label = "optional"
        in_oneof = field.HasField("oneof_index") and not field.proto3_optional
        return Field(
            name=field.name,
            kind=kind,
            label=label,
            oneof=message.oneof_decl[field.oneof_index].name if in_oneof else "",
            comment=self._comment(path),
        )

    def _enum(self, enum: EnumDescriptorProto, path: tuple[int, ...]) -> Enum:
        return Enum(
            name=enum.name,
            comment=self._comment(path),
            values=tuple(
                Value(
                    name=value.name,
                    number=value.number,
                    comment=self._comment((*path, enum.VALUE_FIELD_NUMBER, index)),
                )
                for index, value in enumerate(enum.value)
            ),
        )


def _kind(field: FieldDescriptorProto) -> str:
    if field.type in _NAMED_TYPES:
        return _local(field.type_name)
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def _local(full_name: str) -> str:
    """A name without our package; others keep theirs."""
    return full_name.removeprefix(".").removeprefix(f"{PACKAGE}.")


def uncommented(files: Sequence[File]) -> Iterator[str]:
    """What has no comment, by name: a set without source info has none at all."""
    for file in files:
        for service in file.services:
            yield from (each.name for each in (service, *service.methods) if not each.comment)
        for message in file.messages:
            yield from (each.name for each in (message, *message.fields) if not each.comment)
        for enum in file.enums:
            yield from (each.name for each in (enum, *enum.values) if not each.comment)
