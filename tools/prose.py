"""Turns a comment of a proto into Markdown: paragraphs on one line, names linked."""

import re
from collections.abc import Mapping

_CODE = re.compile(r"(`[^`]*`)")
_NAME = re.compile(r"[A-Z]\w*(?:\.[A-Z]\w*)?")


def paragraphs(comment: str) -> list[str]:
    """The paragraphs of a comment, each on one line."""
    return [" ".join(part.split()) for part in comment.split("\n\n")]


def first_sentence(comment: str) -> str:
    """What a table shows of a comment."""
    sentence, _, _ = paragraphs(comment)[0].partition(". ")
    return sentence.removesuffix(".") + "."


class Prose:
    """Writes comments as Markdown in which every name that has a place is a link to it."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def link(self, name: str) -> str:
        """A name, linked to where it is told of."""
        return f"[{name}]({self._places[name]})"

    def kind(self, kind: str) -> str:
        """A type, linked if it is ours."""
        return self.link(kind) if kind in self._places else f"`{kind}`"

    def text(self, comment: str, *, but: str = "") -> str:
        """A whole comment. `but` is the name it stands under, which needs no link."""
        return "\n\n".join(self._linked(part, but) for part in paragraphs(comment))

    def line(self, comment: str, *, but: str = "") -> str:
        """A comment for a cell of a table."""
        return self.text(comment, but=but).replace("\n\n", "<br>").replace("|", "\\|")

    def _linked(self, text: str, but: str) -> str:
        # Code is left as it is: every second part.
        parts = _CODE.split(text)
        parts[::2] = [
            _NAME.sub(lambda found: self._shown(found[0], but), part) for part in parts[::2]
        ]
        return "".join(parts)

    def _shown(self, name: str, but: str) -> str:
        # A single word, such as Level, may just begin a sentence.
        is_word = re.fullmatch(r"[A-Z][a-z]*", name) is not None
        return name if is_word or name == but or name not in self._places else self.link(name)
