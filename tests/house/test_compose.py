"""The compose file starts in order, and reaches no one but this machine."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from laurels_server import config

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {
    needed
    for service in SERVICES.values()
    for needed, how in service.get("depends_on", {}).items()
    if how["condition"] == "service_completed_successfully"
}


def has_health_check(name: str) -> bool:
    check = SERVICES[name].get("healthcheck", {})
    return bool(check.get("test")) and not check.get("disable")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_published_on_loopback_only(name: str) -> None:
    ports: list[str] = SERVICES[name].get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert SERVICES[name].get("network_mode") != "host"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_or_runs_once(name: str) -> None:
    if name in ONE_SHOT:
        assert SERVICES[name]["restart"] == "no"
    else:
        assert has_health_check(name)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_can_become_true(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert needed in SERVICES
        if how["condition"] == "service_healthy":
            assert has_health_check(needed)


def test_the_server_waits_for_the_schema() -> None:
    waits = SERVICES["server"]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_every_setting_given_exists() -> None:
    given: dict[str, str] = SERVICES["server"]["environment"]
    # A setting that does not exist is refused.
    config.load(**{name.removeprefix(config.PREFIX).lower(): text for name, text in given.items()})


def test_the_server_may_finish_its_drain() -> None:
    grace = SERVICES["server"]["stop_grace_period"]
    assert float(grace.removesuffix("s")) > config.load().drain_timeout_s


def test_volumes_are_declared() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])


def test_valkey_keeps_what_it_is_given() -> None:
    command = " ".join(SERVICES["valkey"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
