"""The SQL files of this folder as prepared text clauses. A comment in each says what it is for."""

from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text


@cache
def query(name: str) -> TextClause:
    """The statement in `<name>.sql`; parameters are written `:name`, casts `CAST(x AS type)`."""
    return text((files(__name__) / f"{name}.sql").read_text(encoding="utf-8"))
