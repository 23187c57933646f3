"""How often a password may be wrong before this door waits: see `devices` for who is counted how."""

from typing import Final

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from commanda.web.account.devices import known_device

# What allauth's own limits are kept under; the rates are ours.
APP: Final = "allauth.account"
KNOWN: Final = {"sign_in_known": "10/5m/key"}
ADDRESS: Final = {"sign_in_address": "20/m/ip"}
NEAR: Final = {"sign_in_near": "5/5m/key"}
FAR: Final = {"sign_in_far": "100/h/key"}


def count_try(request: HttpRequest, email: str) -> ratelimit.RateLimitUsage | None:
    """Count a try to sign in; None when there were too many. `rollback` takes it back: the password was right."""
    total = ratelimit.RateLimitUsage(usage=[])
    for config, key in _limits(request, email):
        (action,) = config
        usage = ratelimit.consume(request, app=APP, action=action, config=config, key=key)
        if usage is None:
            total.rollback()
            return None
        total.usage.extend(usage.usage)
    return total


def _limits(request: HttpRequest, email: str) -> list[tuple[dict[str, str], str]]:
    name = email.strip().lower()
    device = known_device(request, name)
    if device:
        return [(KNOWN, device)]
    return [(NEAR, f"{name} {ratelimit.get_ip(request)}"), (ADDRESS, ""), (FAR, name)]
