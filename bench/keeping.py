"""Keeps what was measured: in README.md, and in results/."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Place:
    """Where numbers are kept: between two markers of README.md, and in a file of results/."""

    begin: str
    end: str
    file: str

    def put_into(self, readme: str, text: str) -> str:
        """The README with the part between the markers replaced."""
        before, _, rest = readme.partition(self.begin)
        _, found, after = rest.partition(self.end)
        if not found:
            raise ValueError(f"README.md lacks {self.begin} or {self.end}")
        return f"{before}{self.begin}\n\n{text}\n\n{self.end}{after}"


COMPARED = Place(
    "<!-- measured: begin (written by `make bench`) -->", "<!-- measured: end -->", "latest.json"
)
GUARANTEED = Place(
    "<!-- guarantee: begin (written by `make bench-guarantee`) -->",
    "<!-- guarantee: end -->",
    "guarantee.json",
)
SCALED = Place(
    "<!-- scale: begin (written by `make bench-scale`) -->", "<!-- scale: end -->", "scale.json"
)
SOAKED = Place(
    "<!-- soak: begin (written by `make bench-soak`) -->", "<!-- soak: end -->", "soak.json"
)
CLIENT = Place(
    "<!-- client: begin (written by `make bench-client`) -->",
    "<!-- client: end -->",
    "client.json",
)
BACKFILLED = Place(
    "<!-- backfill: begin (written by `make bench-backfill`) -->",
    "<!-- backfill: end -->",
    "backfill.json",
)


def keep(place: Place, section: str, entries: Sequence[object]) -> None:
    """Writes both."""
    README.write_text(place.put_into(README.read_text(), section))
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / place.file
    file.write_text(json.dumps(entries, indent=2) + "\n")
    print(f"Kept in {README} and {file}.", flush=True)
