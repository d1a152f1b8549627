"""Tells which links between the Markdown files of this repository lead nowhere.

A file and a heading must exist as a code host finds them: paths from the file the link stands in,
headings by their words in lower case. Links to other hosts are not followed. Pages in docs/ link
only to pages in docs/, for the site has nothing else; other files are named by their path from the
root, as code, and must exist as well.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

_NOT_OURS = {"node_modules", "build", "target", "dist"}
_CODE = re.compile(r"^```.*?^```$|^~~~.*?^~~~$|`[^`\n]*`|<!--.*?-->", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
_NAMED = re.compile(r"`((?:bench|clients|docs|locks|protos|server|tests|tools)/[\w./-]*)`")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def pages(root: Path = ROOT) -> list[Path]:
    """Every Markdown file of the repository, hidden folders and what tools make left out."""
    return sorted(
        path
        for path in root.rglob("*.md")
        if not any(
            part in _NOT_OURS or part.startswith(".") for part in path.relative_to(root).parts
        )
    )


def faults(page: Path, docs: Path = DOCS) -> Iterator[str]:
    """What is wrong with the links of a page, in words."""
    for link in _links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if name.startswith("/"):
            yield f"{link}: begins at the root of the host; write it from this file"
        elif not target.exists():
            yield f"{link}: no such file"
        elif docs in page.parents and not (target.suffix == ".md" and docs in target.parents):
            yield f"{link}: leaves docs/; name the file instead of linking it"
        elif anchor and anchor not in headings(target):
            yield f"{link}: no such heading"
    for path in _NAMED.findall(page.read_text()):
        if not (docs.parent / path).exists():
            yield f"`{path}`: no such file"


def _links(page: Path) -> list[str]:
    text = _CODE.sub("", page.read_text())
    return [inline or reference for inline, reference in _LINK.findall(text)]


@cache
def headings(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as code hosts make them."""
    if page.suffix != ".md":
        return frozenset()
    seen: Counter[str] = Counter()
    anchors: set[str] = set()
    # Code in a heading is part of it; only blocks are not.
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for heading in _HEADING.findall(text):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return frozenset(anchors)


def main() -> int:
    """Looks at every page; answers 1 when a link leads nowhere."""
    found = [f"{page.relative_to(ROOT)}: {fault}" for page in pages() for fault in faults(page)]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
