"""Looks for variables that were meant to be settings and are none: a server passes them over."""

import os
from collections.abc import Iterable
from difflib import get_close_matches

from laurels_server.config import PREFIX, Settings
from laurels_server.logging import log
from laurels_server.usecases.doctor import Check, Verdict

_KNOWN = {PREFIX + name.upper() for name in Settings.model_fields}

_OF_COMPOSE = {"LAURELS_PORT", "LAURELS_POSTGRES_PASSWORD"}
"""Read by docker-compose.yml, which may well stand beside this environment."""

_ALIKE = 0.85
"""How much a name must be like ours to be taken for one of them."""


def examine_settings() -> list[Check]:
    """What the environment holds that sets nothing."""
    checks = [
        Check(
            "settings",
            Verdict.WRONG,
            f"{name} is no setting",
            f"Call it {meant}." if meant else "Unset it; `laurels config` lists all there are.",
        )
        for name, meant in strangers(os.environ)
    ]
    given = sum(name.upper() in _KNOWN for name, value in os.environ.items() if value)
    return checks or [Check("settings", Verdict.WELL, f"{given} set here, all of them known")]


def warn_of_strangers() -> None:
    """Logs a line for each of them, by name: the value may be a password."""
    for name, meant in strangers(os.environ):
        log.warning("unknown_setting", name=name, meant=meant)


def strangers(names: Iterable[str]) -> list[tuple[str, str]]:
    """Variables that look like settings and are none, each with the one it may be meant for."""
    found: list[tuple[str, str]] = []
    for name in sorted(names):
        upper = name.upper()
        if upper in _KNOWN | _OF_COMPOSE:
            continue
        ours = upper.startswith(PREFIX)
        meant = get_close_matches(upper, _KNOWN, n=1, cutoff=_ALIKE)
        if ours or meant:
            found.append((name, meant[0] if meant else ""))
    return found
