"""All rules together."""

from tests.faults.state.reads import Reads
from tests.faults.state.relays import Relays


class Laurels(Reads, Relays):
    """Two servers that book, follow and read, and all that can come between."""

    def teardown(self) -> None:
        """Whatever happened, it all comes to an end, and the end is right."""
        while self.walk is not None:
            self.walk_on("a", size=1, pages=1)
        super().teardown()
