"""The SQL files of this folder as statements for asyncpg. A comment in each says what it is for."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_COMMENT = re.compile(r"--.*")
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with parameters $1, $2, ..., and their names in that order."""

    sql: str
    parameters: tuple[str, ...]


@cache
def query(name: str) -> Query:
    """The statement in `<name>.sql`; parameters are written `:name`, casts `CAST(x AS type)`."""
    return parsed((files(__name__) / f"{name}.sql").read_text(encoding="utf-8"))


def parsed(text: str) -> Query:
    """A statement from its text; a parameter may stand in it more than once."""
    text = _COMMENT.sub("", text)
    names = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    numbers = {name: number for number, name in enumerate(names, start=1)}
    return Query(_PARAMETER.sub(lambda found: f"${numbers[found[1]]}", text).strip(), names)
