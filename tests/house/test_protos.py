"""Every proto can be compiled by anyone, for any language."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROTOS = sorted((ROOT / "protos").rglob("*.proto"))


@pytest.mark.parametrize("proto", PROTOS, ids=lambda proto: proto.name)
def test_a_proto_names_its_packages(proto: Path) -> None:
    options = dict(re.findall(r"^option (\w+) = (.+);$", proto.read_text(), re.MULTILINE))
    assert options["go_package"] == '"laurels.dev/go/laurels/v1;laurelsv1"'
    assert options["java_package"] == '"dev.laurels.v1"'
    assert options["java_multiple_files"] == "true"
    # protoc would choose a name that may collide with a message's.
    assert options["java_outer_classname"].endswith('Proto"')


@pytest.mark.parametrize("proto", PROTOS, ids=lambda proto: proto.name)
def test_a_proto_imports_only_what_protoc_brings(proto: Path) -> None:
    for imported in re.findall(r'^import "(.+)";$', proto.read_text(), re.MULTILINE):
        assert imported.startswith(("google/protobuf/", "laurels/v1/"))


def test_every_proto_has_its_stubs() -> None:
    stubs = ROOT / "clients/python/laurels/v1"
    expected = {
        f"{proto.stem}_{kind}"
        for proto in PROTOS
        for kind in ("pb2.py", "pb2.pyi", "pb2_grpc.py", "pb2_grpc.pyi")
    }
    assert {path.name for path in stubs.glob("*_pb2*.py*")} == expected
