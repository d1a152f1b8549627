"""The image runs as nobody in particular and holds only the server."""

import fnmatch
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# One instruction a line, without comments.
INSTRUCTIONS = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    if line and not line.startswith("#")
]
LAST_STAGE = INSTRUCTIONS[max(at for at, (word, _) in enumerate(INSTRUCTIONS) if word == "FROM") :]


def last(instruction: str) -> str:
    return [rest for word, rest in LAST_STAGE if word == instruction][-1]


def test_the_image_ends_as_a_user_that_is_not_root() -> None:
    user, _, group = last("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_the_image_serves_until_it_is_asked_to_drain() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["laurels"]
    assert json.loads(last("CMD")) == ["serve"]
    assert last("STOPSIGNAL") == "SIGTERM"
    assert "HEALTHCHECK" in [word for word, _ in LAST_STAGE]


def test_what_the_image_listens_on_can_be_reached_from_outside_it() -> None:
    settings = dict(setting.split("=", 1) for setting in last("ENV").split())
    listening = {name: at for name, at in settings.items() if name.endswith("LISTEN")}

    assert {at.rpartition(":")[0] for at in listening.values()} == {"0.0.0.0"}
    assert [at.rpartition(":")[2] for at in listening.values()] == last("EXPOSE").split()
    assert listening.keys() == {"LAURELS_LISTEN", "LAURELS_METRICS_LISTEN"}


def test_what_is_copied_exists_and_is_let_through() -> None:
    let_through = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for word, rest in INSTRUCTIONS:
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert any(fnmatch.fnmatch(source, name) for name in let_through), source


def test_packages_are_installed_by_hash_only() -> None:
    for word, rest in INSTRUCTIONS:
        for command in rest.split("&&") if word == "RUN" else []:
            if "pip" in command and "install" in command:
                assert "--require-hashes" in command or "--no-index" in command
