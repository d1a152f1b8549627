"""The Lua files of this folder. A comment in each says what it takes and answers."""

from functools import cache
from importlib.resources import files


@cache
def source(name: str) -> str:
    """The text of `<name>.lua`."""
    return (files(__name__) / f"{name}.lua").read_text(encoding="utf-8")
