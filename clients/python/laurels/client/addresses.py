"""What an address names: `HOST:PORT`, or a target of gRPC such as `dns:///HOST:PORT`."""

import ipaddress
import re
from typing import Final

from laurels.errors import BadArgument

_LOCAL: Final = ("unix:", "unix-abstract:")
_NAMED: Final = re.compile(r"dns:(?://[^/]*/)?(?P<one>.+)|(?P<family>ipv[46]):(?P<many>.+)")
_HOST_PORT: Final = re.compile(
    r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^\s:/\[\]@]+)):(?P<port>\d{1,5})"
)
_OTHER: Final = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:///?\S+")
"""Targets of resolvers that gRPC may have, such as `xds:///`: its matter."""


def check(address: str) -> None:
    """Raises BadArgument where gRPC would look in vain, or for a port that nobody meant."""
    # None, most likely, of a variable of the environment that is not set.
    if not isinstance(address, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _no_address(address)
    if not address.startswith(_LOCAL) and not _OTHER.fullmatch(address):
        _hosts(address)


def is_loopback(address: str) -> bool:
    """Whether everything it names is on this machine."""
    if address.startswith(_LOCAL):
        return True
    if not _NAMED.fullmatch(address) and _OTHER.fullmatch(address):
        return False
    return all(map(_is_loopback, _hosts(address)))


def _hosts(address: str) -> list[str]:
    named = _NAMED.fullmatch(address)
    if named is None:
        places = [address]
    else:
        places = (named["many"].split(",")) if named["many"] else [named["one"]]
    hosts: list[str] = []
    for place in places:
        found = _HOST_PORT.fullmatch(place)
        if found is None or not 0 < int(found["port"]) < 65_536:
            raise _no_address(address)
        hosts.append(found["six"] or found["host"])
    return hosts


def _no_address(given: object) -> BadArgument:
    return BadArgument(f"{given!r} is no address; give HOST:PORT, for example 127.0.0.1:50051")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
