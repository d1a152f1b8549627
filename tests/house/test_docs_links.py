"""Links between the pages of this repository lead somewhere, and a broken one is told."""

from pathlib import Path

import pytest

from tools import links


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """An empty page in a repository with another page, a program, and a folder of documentation."""
    (tmp_path / "docs/deep").mkdir(parents=True)
    (tmp_path / "other.md").write_text("# Two words\n\n## `a_b` - c, d!\n\n## Two words\n")
    (tmp_path / "program.py").touch()
    (tmp_path / "docs/inside.md").write_text("# Inside\n")
    return tmp_path / "page.md"


def told(page: Path, text: str) -> list[str]:
    page.write_text(text)
    return list(links.faults(page, page.parents[0] / "docs"))


@pytest.mark.parametrize(
    "link",
    [
        "other.md",
        "other.md#two-words",
        "other.md#two-words-1",
        "other.md#a_b---c-d",
        "#here",
        "program.py",
        "docs/",
        "docs/inside.md#inside",
        "https://example.org/nowhere",
        "mailto:akela@example.org",
    ],
)
def test_a_link_that_leads_somewhere_is_left_alone(page: Path, link: str) -> None:
    assert told(page, f"# Here\n\n[words]({link}) and `[code](nowhere.md)`\n") == []


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("nowhere.md", "no such file"),
        ("other.md#three-words", "no such heading"),
        ("#there", "no such heading"),
        ("program.py#line", "no such heading"),
        ("/other.md", "begins at the root"),
    ],
)
def test_a_link_that_leads_nowhere_is_told(page: Path, link: str, fault: str) -> None:
    for text in (f"# Here\n\n[two\nwords]({link})\n", f"# Here\n\n[words]\n\n[words]: {link}\n"):
        [only] = told(page, text)
        assert only.startswith(f"{link}: {fault}")


def test_a_file_that_is_only_named_must_exist(page: Path) -> None:
    named = "`docs/inside.md`, `docs/deep/`, `docs/lost.md`, `docs/*.md`, `elsewhere/lost.md`"
    assert told(page, named) == ["`docs/lost.md`: no such file"]


def test_documentation_links_to_documentation_only(page: Path) -> None:
    inside = page.parent / "docs/deep/page.md"
    for link, is_right in (("../inside.md", True), ("../../program.py", False), ("../", False)):
        inside.write_text(f"[words]({link})")
        faults = list(links.faults(inside, page.parent / "docs"))
        assert not faults if is_right else "leaves docs/" in faults[0]


def test_what_tools_make_is_not_looked_at(page: Path) -> None:
    for folder in (".venv", "clients/java/target", "clients/typescript/node_modules/x"):
        (page.parent / folder).mkdir(parents=True)
        (page.parent / folder / "README.md").touch()
    names = {path.name for path in links.pages(page.parent)}
    assert names == {"other.md", "inside.md"}
