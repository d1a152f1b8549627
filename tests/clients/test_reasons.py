"""The reasons.json to which every client's own tests hold its errors follows from the protos."""

import json
import re
from pathlib import Path

from laurels.v1 import error_reason_pb2

ROOT = Path(__file__).parents[2]
PROTO = ROOT / "protos/laurels/v1/error_reason.proto"


def documented() -> dict[str, dict[str, object]]:
    """Each reason's code and how definite it is, as the proto's comments begin."""
    found: dict[str, dict[str, object]] = {}
    for comment, reason in re.findall(
        r"((?:  //[^\n]*\n)+)  ERROR_REASON_(\w+) = [1-9]\d*;", PROTO.read_text()
    ):
        first = re.match(
            r"\s*// ([A-Z_]+)(?:, (definite|definite for good|indefinite))?\.", comment
        )
        assert first, f"the comment of {reason} tells no code"
        found[reason] = {
            "code": first[1],
            "definite": first[2] in ("definite", "definite for good"),
            "forGood": first[2] == "definite for good",
        }
    return found


def test_the_reasons_that_clients_are_held_to_are_those_of_the_protos() -> None:
    reasons = json.loads((ROOT / "clients/conformance/reasons.json").read_text())
    assert reasons == documented()
    names = {
        value.name for value in error_reason_pb2.DESCRIPTOR.enum_types_by_name["ErrorReason"].values
    }
    assert {f"ERROR_REASON_{reason}" for reason in reasons} == names - {"ERROR_REASON_UNSPECIFIED"}
