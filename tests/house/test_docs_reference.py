"""The API reference follows from the protos, and a page that does not is told."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from tools.descriptors import read
from tools.prose import Prose, first_sentence
from tools.reference import PROTOSET, pages

ROOT = Path(__file__).parents[2]
FILES = read(ROOT / PROTOSET)


def test_everything_that_is_declared_has_a_heading_or_a_row() -> None:
    text = "\n".join(pages(FILES).values())
    for file in FILES:
        for service in file.services:
            assert f"\n# {service.name}\n" in text
            for method in service.methods:
                assert f"\n## {method.name}\n" in text
        for message in file.messages:
            assert f"\n### {message.name}\n" in text
            for field in message.fields:
                assert f"| `{field.name}` |" in text
        for enum in file.enums:
            for value in enum.values:
                assert f"`{value.name}`" in text or value.name == "ERROR_REASON_UNSPECIFIED"


def test_the_first_page_counts_the_calls() -> None:
    services = [service for file in FILES for service in file.services]
    calls = sum(len(service.methods) for service in services)
    [counted] = re.findall(r"(\d+) calls in (\w+) services", (ROOT / "docs/index.md").read_text())
    assert (calls, {6: "six", 7: "seven"}[len(services)]) == (int(counted[0]), counted[1])


def test_no_page_has_two_headings_of_one_name() -> None:
    for name, text in pages(FILES).items():
        found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert len(found) == len(set(found)), name


def test_types_are_shown_as_the_protos_have_them() -> None:
    progress = pages(FILES)["progress-service.md"]
    assert "| `metadata` | `map<string, string>` |" in progress
    assert "| `unlocked_level_ids` | repeated `string` |" in progress
    assert "[ItemError](progress-service.md#itemerror), one of `result` |" in progress
    assert "| `pass_ratio` | optional `double` |" in pages(FILES)["catalog-service.md"]
    assert "→ stream of [AuditAllResponse]" in pages(FILES)["audit-service.md"]


def test_a_name_is_linked_but_not_in_code_nor_where_it_may_be_a_word() -> None:
    places = {"Level": "a.md#level", "GetLevel": "a.md#getlevel", "A.GetLevel": "a.md#getlevel"}
    prose = Prose(places)
    assert prose.text("GetLevel or `GetLevel`.") == "[GetLevel](a.md#getlevel) or `GetLevel`."
    assert prose.text("As A.GetLevel.") == "As [A.GetLevel](a.md#getlevel)."
    assert prose.text("Level by level.") == "Level by level."
    assert prose.text("GetLevel.", but="GetLevel") == "GetLevel."
    assert prose.line("a | b\n\nc") == "a \\| b<br>c"
    assert first_sentence("One\nof them. Two.\n\nThree.") == "One of them."


def test_a_set_without_comments_is_refused(tmp_path: Path) -> None:
    bare = descriptor_pb2.FileDescriptorSet.FromString((ROOT / PROTOSET).read_bytes())
    for file in bare.file:
        file.ClearField("source_code_info")
    (tmp_path / "bare.protoset").write_bytes(bare.SerializeToString())
    with pytest.raises(ValueError, match="without a comment"):
        pages(read(tmp_path / "bare.protoset"))


def reference(verb: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.reference", verb],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_page_that_was_changed_lost_or_added_is_told_and_written_anew(tmp_path: Path) -> None:
    for name in ("tools", "docs/api"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / PROTOSET.parent).mkdir()
    shutil.copy(ROOT / PROTOSET, tmp_path / PROTOSET)
    done = reference("check", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")

    api = tmp_path / "docs/api"
    (api / "index.md").write_text("changed")
    (api / "user-service.md").rename(api / "added.md")
    done = reference("check", tmp_path)
    assert done.returncode == 1
    told = re.findall(r"^docs/api/(\S+) does not follow", done.stderr, re.MULTILINE)
    assert told == ["added.md", "index.md", "user-service.md"]

    assert reference("write", tmp_path).returncode == 0
    assert reference("check", tmp_path).returncode == 0
