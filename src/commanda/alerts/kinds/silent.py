"""What the kinds about things read by a plan share: an error that needs a person, or no good reading for long."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from django.utils.translation import gettext_lazy

from commanda.ads.models import AdAccount
from commanda.alerts.kinds.base import Facts, Finding, Kind, Limit
from commanda.alerts.units import Unit
from commanda.intake.models import Source
from commanda.kernel.clock import now

# What is being read again keeps the error of the reading before until this one ends.
_TROUBLED: Final = frozenset({"error", "running"})


class Health(Protocol):
    """How the reading goes: its state, and whether its error needs nobody."""

    @property
    def state(self) -> str: ...

    @property
    def passes(self) -> bool: ...


class SilentKind(Kind):
    """By the health of what is read; since its creation when it never was."""

    unit = Unit.MINUTES
    is_told_once = True
    sentence = gettext_lazy("Not read for %(value)s; the limit is %(limit)s.")

    def says(self, facts: Facts) -> str:
        if code := facts.get("error_code"):
            return self.explain(code, json.loads(facts["error_params"]))
        return super().says(facts)

    @abstractmethod
    def explain(self, code: str, params: dict[str, Any]) -> str:
        """The error in words, and what to do."""


def intervals(default: int, highest: int, explanation: Any) -> Limit:
    """The limit: intervals of the plan without a good reading."""
    label = gettext_lazy("Not read for")
    return Limit("intervals", label, Unit.PERIODS, Decimal(default), Decimal(2), Decimal(highest), explanation)


def silence(
    health: Health,
    read: AdAccount | Source,
    longest: timedelta,
    things: Mapping[str, int],
    owner_ids: tuple[int, ...] = (),
) -> Finding | None:
    """What is wrong with something that is switched on; None while it was read within `longest` and has no error."""
    has_error = health.state in _TROUBLED and bool(read.error_code) and not health.passes
    silent = now() - (read.last_success_at or read.created_at)
    if not read.is_active or not (has_error or (read.is_polled and silent >= longest)):
        return None
    return Finding(
        key=str(read.pk),
        value=_minutes(silent),
        limit=_minutes(longest) if read.is_polled else None,
        things=things,
        owner_ids=owner_ids,
        extra={"error_code": read.error_code, "error_params": json.dumps(read.error_params)} if has_error else {},
    )


def _minutes(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(minutes=1))
