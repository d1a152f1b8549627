"""A client that has no stubs: what it knows of a server, the server told it."""

from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)


def services(address: str) -> set[str]:
    with grpc.insecure_channel(address) as channel:
        return set(ProtoReflectionDescriptorDatabase(channel).get_services())


def call(address: str, method: str, request: dict[str, Any]) -> dict[str, Any]:
    """Calls `package.Service/Method` with JSON in field names, and answers in the same way."""
    service, _, name = method.partition("/")
    with grpc.insecure_channel(address) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        described = pool.FindServiceByName(service).FindMethodByName(name)
        message = json_format.ParseDict(request, GetMessageClass(described.input_type)())
        send = channel.unary_unary(
            f"/{method}",
            request_serializer=type(message).SerializeToString,
            response_deserializer=GetMessageClass(described.output_type).FromString,
        )
        return json_format.MessageToDict(
            send(message, timeout=5.0), preserving_proto_field_name=True
        )
