"""Which client did which step."""


class Table:
    """Filled by the tests, printed at the end."""

    def __init__(self) -> None:
        self._steps: list[str] = []
        self._marks: dict[str, dict[str, str]] = {}
        self._missing: dict[str, str] = {}

    def add(self, client: str, step: str, mark: str) -> None:
        if step not in self._steps:
            self._steps.append(step)
        self._marks.setdefault(client, {})[step] = mark

    def miss(self, client: str, tools: str) -> None:
        """Notes a client that this machine cannot run."""
        self._missing[client] = tools

    def lines(self) -> list[str]:
        clients = list(self._marks)
        lines: list[str] = []
        if clients:
            width = max(len(step) for step in self._steps)
            lines.append(" " * width + "".join(f"  {client:>14}" for client in clients))
            for step in self._steps:
                marks = [self._marks[client].get(step, "-") for client in clients]
                lines.append(f"{step:<{width}}" + "".join(f"  {mark:>14}" for mark in marks))
        for client, tools in self._missing.items():
            lines.append(f"NOT RUN: the {client} client, for this machine has no {tools}")
        return lines


TABLE = Table()
