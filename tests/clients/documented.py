"""Commands that a page shows, with what they print, and whether they still print that."""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_OPAQUE = re.compile(
    r'"(consistency_?token|next_?page_?token|(?:reverses_?)?entry_?id|generation)": "([^"]+)"',
    re.IGNORECASE,
)
"""What is another one with each run: in the names of protos, and in those of JSON."""

_READ = re.compile(r"/(Get|List)")
_PATIENCE_S = 5.0
"""The board follows a booking within milliseconds, on a busy machine in more."""


@dataclass(frozen=True, slots=True)
class Example:
    """A command as a page shows it, and the output shown below it; None where none is."""

    command: str
    output: str | None

    @property
    def method(self) -> str:
        """The RPC it calls, for example `GetUser`; empty where it calls none of ours."""
        called = re.search(r"laurels\.v1\.\w+/(\w+)", self.command)
        return called[1] if called else ""


def examples(page: str, program: str) -> list[Example]:
    """The commands of a page that begin with `program`; the block that follows is the output."""
    found: list[Example] = []
    blocks = [*_blocks(page), ""]
    for block, following in pairwise(blocks):
        if block.startswith(f"{program} "):
            is_output = following and not following.startswith(f"{program} ")
            found.append(Example(block, following if is_output else None))
    return found


def _blocks(page: str) -> Iterator[str]:
    """The code of a page, block by block: fenced, or indented by four spaces."""
    for fenced, indented in re.findall(
        r"^```\w*\n(.*?)^```$|((?:^ {4}[^\n]*\n)+)", page, re.DOTALL | re.MULTILINE
    ):
        yield (fenced or re.sub(r"^ {4}", "", indented, flags=re.MULTILINE)).strip()


@dataclass
class Reader:
    """Somebody who follows a page on a server of their own, command by command."""

    program: Path
    address: str
    protoset: str = ""
    """The descriptor set used in place of reflection; names are then printed as JSON has them."""

    opaque: dict[str, str] = field(default_factory=dict[str, str])
    """Tokens and ids of the page, and what they are here."""

    async def follow(self, example: Example) -> None:
        """Runs a command as it stands on the page, and demands what the page shows."""
        command = example.command.replace("127.0.0.1:50051", self.address)
        if self.protoset:
            command = command.replace("-plaintext", f"-plaintext -protoset {self.protoset}")
        for shown, here in self.opaque.items():
            command = command.replace(shown, here)
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        while True:
            printed, code = await self.run(command)
            wrong = self._difference(example.output, printed, code)
            now = asyncio.get_running_loop().time()
            if not wrong or not _READ.search(command) or now > deadline:
                break
        assert not wrong, f"{wrong}\n\n{example.command}\n\nprints here:\n{printed}"

    async def run(self, command: str) -> tuple[str, int]:
        """What a command prints to either stream, and its exit code."""
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", command),
            cwd=ROOT,
            env=os.environ | {"PATH": f"{self.program.parent}{os.pathsep}{os.environ['PATH']}"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode is not None
        return output.decode(), process.returncode

    def _difference(self, shown: str | None, printed: str, code: int) -> str:
        """What is not as the page says, in words; nothing when all is."""
        fails = shown is not None and re.match(r"ERROR:|Failed|\{\s*\"code\":", shown) is not None
        if (code != 0) != fails:
            return f"it ends with {code}"
        if shown is None:
            return ""
        if self._comparable(shown) != self._comparable(printed):
            return "it prints something else than the page shows"
        pairs = zip(_OPAQUE.findall(shown), _OPAQUE.findall(printed), strict=True)
        for (_, there), (name, here) in pairs:
            if self.opaque.setdefault(there, here) != here:
                return f"{name} {there} was {self.opaque[there]} before and is {here} now"
        return ""

    def _comparable(self, text: str) -> str:
        """An output without what is another one with each run."""
        text = _OPAQUE.sub(r'"\1": "..."', _TIME.sub("...", text))
        if self.protoset:
            text = re.sub(r'"(\w+)":', lambda found: found[0].replace("_", "").lower(), text)
        lines = (line.expandtabs(4).rstrip() for line in text.strip().splitlines())
        return "\n".join(lines)
