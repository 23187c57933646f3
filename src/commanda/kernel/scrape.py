"""Who may read the figures that Prometheus collects. Nothing of Django: the server of live updates asks it, too."""

import hmac
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

VARIABLE: Final = "COMMANDA_METRICS_TOKEN"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
REFUSAL: Final = f"Ask from the machine itself and not through a proxy, or set {VARIABLE} and send it: Bearer …\n"
# A proxy on the same machine asks from there, too, for anybody: one of these tells of it.
FORWARDED: Final = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "x-real-ip"})


def may_scrape(*, token: str, authorization: str, address: str, headers: Iterable[str]) -> bool:
    """Whether a request may have the figures.

    With a `token` only who sends it (`Authorization: Bearer TOKEN`), from wherever. Without one only whoever asks from
    a loopback address, and through no proxy. `headers` are the names of the request's headers, in small letters.
    """
    if token:
        return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
    return _is_loopback(address) and FORWARDED.isdisjoint(headers)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
