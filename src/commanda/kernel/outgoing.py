"""Addresses that a person types and the server then calls: none may lead into our own network.

The guard holds for the base addresses of outside services. Tests, and installations that talk to a compatible server
of their own, name its origin in the environment; that origin alone is let through besides.
"""

import ipaddress
import socket
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from commanda.kernel.errors import Invalid

_LONGEST: Final = 200
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class BadAddress(Invalid):
    """An address that is not to be called."""

    code = "bad_address"
    default_text: Any = _("Use the https address of a public server, such as https://sheets.example.com, nothing more.")


def checked_origin(text: str, *, trusted: str = "", field: str | None = None) -> str:
    """The origin `https://host[:port]` of a public server, or `trusted` itself. Raises `BadAddress`.

    The name is looked up: one that leads to an address of a private network, of this machine, or to none is refused.
    """
    address = text.strip().rstrip("/")
    if trusted and address == trusted.rstrip("/"):
        return address
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        raise BadAddress(field=field) from None
    plain = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme != "https" or not parts.hostname or not plain or len(address) > _LONGEST:
        raise BadAddress(field=field)
    if not _is_public(parts.hostname, port):
        raise BadAddress(field=field)
    return address


def _is_public(host: str, port: int) -> bool:
    """Whether every address behind the name is one of the public internet."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(_is_open(str(entry[4][0]).partition("%")[0]) for entry in found)


def _is_open(text: str) -> bool:
    """Whether an address belongs to one machine of the internet; one of IPv6 that wraps an IPv4 address does not."""
    address = ipaddress.ip_address(text)
    wraps = isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64
    )
    return address.is_global and not address.is_multicast and not wraps
