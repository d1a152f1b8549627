"""The real grpcurl does what docs/grpcurl.md and the README show, with reflection and without."""

from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2

from laurels.v1 import (
    audit_service_pb2,
    catalog_service_pb2,
    error_reason_pb2,
    leaderboard_service_pb2,
    progress_service_pb2,
    user_service_pb2,
    xp_service_pb2,
)
from laurels_server.app import App
from laurels_server.config import Settings
from tests.clients.documented import ROOT, Example, Reader, examples
from tests.clients.fronts import Front, crowded
from tests.clients.table import TABLE
from tests.clients.toolchains import BUILD_LIMIT_S, install_grpcurl
from tools.descriptors import read

PROTOSET = Path("clients/laurels.protoset")
PAGE = examples((ROOT / "docs/grpcurl.md").read_text(), "grpcurl")
README = examples((ROOT / "README.md").read_text(), "grpcurl")
MODULES = (
    audit_service_pb2,
    catalog_service_pb2,
    error_reason_pb2,
    leaderboard_service_pb2,
    progress_service_pb2,
    user_service_pb2,
    xp_service_pb2,
)

# Whichever comes first builds it.
pytestmark = pytest.mark.timeout(BUILD_LIMIT_S)


@pytest.fixture(scope="module")
def grpcurl() -> Path:
    if program := install_grpcurl():
        return program
    TABLE.miss("grpcurl", "go to build it with, and no grpcurl")
    pytest.skip("grpcurl did NOT run: no go to build it with, and no grpcurl")


async def test_every_command_of_the_page_prints_what_the_page_shows(
    grpcurl: Path, app: App
) -> None:
    reader = Reader(grpcurl, app.address)
    for example in PAGE:
        await reader.follow(example)


async def test_without_reflection_the_descriptor_set_does_for_every_call_of_the_page(
    grpcurl: Path, settings: Settings
) -> None:
    async with App(settings.model_copy(update={"reflection": False})) as app:
        await app.load_sample()
        blind = Reader(grpcurl, app.address)
        printed, _ = await blind.run(f"grpcurl -plaintext {app.address} list")
        assert "does not support the reflection API" in printed
        reader = Reader(grpcurl, app.address, protoset=str(PROTOSET))
        for example in PAGE:
            if example.method:
                await reader.follow(example)


async def test_the_readmes_first_calls_print_what_it_shows(grpcurl: Path, app: App) -> None:
    reader = Reader(grpcurl, app.address)
    assert [example.method for example in README] == ["SubmitProgress", "GetLeaderboard"]
    for example in README:
        await reader.follow(example)


async def test_what_a_page_shows_wrongly_is_told(grpcurl: Path, app: App) -> None:
    reader = Reader(grpcurl, app.address)
    [right] = [example for example in README if example.method == "SubmitProgress"]
    assert right.output is not None
    for shown, told in (
        (right.output.replace('"xp_earned": 15', '"xp_earned": 16'), "something else"),
        ("ERROR:\n  Code: NotFound", "ends with 0"),
    ):
        with pytest.raises(AssertionError, match=told):
            await reader.follow(Example(right.command, shown))
    await reader.follow(Example(right.command, None))
    with pytest.raises(AssertionError, match="ends with"):
        await reader.follow(Example(right.command.replace("SubmitProgress", "Submit"), None))


async def test_a_pause_that_is_asked_for_can_be_read(grpcurl: Path, app: App) -> None:
    async with grpc.aio.insecure_channel(app.address) as onward:
        listener = grpc.aio.server(handlers=(Front(onward, crowded),))
        address = f"127.0.0.1:{listener.add_insecure_port('127.0.0.1:0')}"
        await listener.start()
        reader = Reader(grpcurl, address)
        printed, code = await reader.run(
            f"grpcurl -plaintext -protoset {PROTOSET} {address} "
            "laurels.v1.LeaderboardService/GetLeaderboard"
        )
        await listener.stop(None)
    assert code == 64 + 8
    assert '"@type": "type.googleapis.com/google.rpc.RetryInfo"' in printed
    assert '"retryDelay": "1.500s"' in printed
    # And reflection has what it takes to do the same.
    printed, _ = await reader.run(f"grpcurl -plaintext {app.address} describe google.rpc.RetryInfo")
    assert "retry_delay" in printed


def test_the_page_shows_every_call() -> None:
    shown = {example.method for example in PAGE}
    calls = {
        method.name
        for file in read(ROOT / PROTOSET)
        for service in file.services
        for method in service.methods
    }
    assert calls - shown == set()
    assert all(example.output for example in PAGE)


def test_the_descriptor_set_is_that_of_the_stubs_and_brings_all_it_needs() -> None:
    files = descriptor_pb2.FileDescriptorSet.FromString((ROOT / PROTOSET).read_bytes()).file
    by_name = {file.name: file for file in files}
    assert {name for file in files for name in file.dependency} <= set(by_name)
    assert "google/rpc/error_details.proto" in by_name
    for module in MODULES:
        stub = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(stub)
        packed = by_name[stub.name]
        assert packed.source_code_info.location, "without comments nobody can read it"
        packed.ClearField("source_code_info")
        for message in packed.message_type:
            for field in (*message.field, *(f for n in message.nested_type for f in n.field)):
                # protoc leaves these out of Python's stubs.
                field.ClearField("json_name")
        assert packed == stub, "run make generate"
