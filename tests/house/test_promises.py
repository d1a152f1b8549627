"""The README's promises, each with tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PROMISES = README.partition("## What it promises")[2].partition("\n## ")[0]


def test_each_promise_names_tests_that_there_are() -> None:
    promised = re.findall(r"^(\d)\. ", PROMISES, re.MULTILINE)
    proved = dict(re.findall(r"^\| (\d) \| (.+) \|$", PROMISES, re.MULTILINE))
    assert promised == list(proved) == [str(number) for number in range(1, 8)]
    for named in proved.values():
        tests = re.findall(r"`(tests/[\w/.]+)::(\w+)`", named)
        assert tests
        for file, name in tests:
            assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE), (
                name
            )
