"""Every metric says what it counts, is named like the others, and stands in the documentation."""

import re
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from laurels_server import metrics

METRICS = [
    metric for metric in vars(metrics).values() if isinstance(metric, Counter | Gauge | Histogram)
]
FAMILIES = {
    family.name + "_total" * (family.type == "counter"): family
    for family in metrics.REGISTRY.collect()
    if not family.name.startswith("process_")
}
UNITS = ("_seconds", "_submissions", "_connections", "_seq")
STATES = ("laurels_breaker_open", "laurels_postgres_answers")
"""Gauges of 1 and 0."""

CLOSED = (metrics.SUBMISSIONS, metrics.BOARD_READS, metrics.RELAY_PASSES, metrics.REBUILDS)
"""Counters that know all their labels beforehand."""

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
ROWS = {
    row[0].strip("`"): row
    for line in PAGE.splitlines()
    if line.startswith("| `laurels_")
    if len(row := [cell.strip() for cell in line.strip("|").split("|")]) == 4
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_metric_has_a_help_text_of_whole_sentences(name: str) -> None:
    text = FAMILIES[name].documentation
    assert len(text) > 20
    assert text[0].isupper() or text[0].isdigit()
    assert text.endswith(".")


@pytest.mark.parametrize("name", FAMILIES)
def test_a_metric_is_ours_and_ends_with_its_unit(name: str) -> None:
    assert re.fullmatch(r"laurels(_[a-z]+)+", name)
    if FAMILIES[name].type != "counter":
        assert name.endswith(UNITS) or name in STATES


def test_every_metric_that_the_code_names_is_served() -> None:
    assert len(METRICS) == len(FAMILIES)


def test_the_documentation_has_every_metric_and_no_other() -> None:
    assert list(ROWS) == list(FAMILIES)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.describe()[0].name)
def test_the_documentation_knows_its_type_and_its_labels(
    metric: Counter | Gauge | Histogram,
) -> None:
    [family] = metric.describe()
    row = ROWS[family.name + "_total" * (family.type == "counter")]
    labels: list[str] = [*metric._labelnames]  # pyright: ignore[reportPrivateUsage, reportUnknownVariableType]
    assert row[1] == family.type
    assert re.findall(r"`(\w+)`", row[2]) == labels


@pytest.mark.parametrize("counter", CLOSED, ids=lambda counter: counter.describe()[0].name)
def test_what_a_label_can_say_is_explained_here_and_there(counter: Counter) -> None:
    [family] = counter.collect()
    words = {
        value
        for sample in family.samples
        for label, value in sample.labels.items()
        if label != "source"
    }
    documented = ROWS[f"{family.name}_total"][3]
    assert len(words) >= 4
    for word in words:
        assert re.search(rf"\b{word}\b", family.documentation)
        assert f"`{word}`" in documented


def test_what_is_alerted_on_exists() -> None:
    _, _, alerts = PAGE.partition("### What to alert on")
    assert alerts
    assert set(re.findall(r"laurels_\w+", alerts)) <= FAMILIES.keys()
