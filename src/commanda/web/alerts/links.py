"""From an alert to the place where something can be done about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.accounts.permissions import Perm
from commanda.alerts.models import Alert
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.orders.filters import NOBODY
from commanda.web.figures import orders_url


@dataclass(frozen=True, slots=True)
class Way:
    """Where to go, and what the button says."""

    url: str
    label: str


_Finder = Callable[[Actor, Alert], Way | None]


def way_from(actor: Actor, alert: Alert) -> Way | None:
    """The page that the alert leads to; None where there is none, or none for this person."""
    return _WAYS[alert.kind](actor, alert) if alert.kind in _WAYS else None


def _page(right: Perm, name: str, label: Any, *, thing: str = "", query: str = "") -> _Finder:
    """A page for who has the right: of the alert's `thing`, or with a query that may name things of it."""

    def way(actor: Actor, alert: Alert) -> Way | None:
        if not actor.can(right):
            return None
        arguments = [alert.things[thing]] if thing else []
        return Way(reverse(name, args=arguments) + query % alert.things, str(label))

    return way


def _orders(**filters: Any) -> _Finder:
    """The orders of the alert's subject under these filters; `…_from` "days" is where the rule's days begin."""

    def way(actor: Actor, alert: Alert) -> Way | None:
        first = today() - timedelta(days=max(int(alert.known.get("days", "1")) - 1, 0))
        wanted = {name: first.isoformat() if value == "days" else value for name, value in filters.items()}
        url = orders_url(actor, **{**_subject(alert.things), **wanted})
        return Way(url, _("See the orders")) if url else None

    return way


def _subject(things: Mapping[str, Any]) -> dict[str, Any]:
    return {name: things[name] for name in ("product", "city", "carrier", "agent", "platform") if name in things}


def _unassigned(actor: Actor, alert: Alert) -> Way | None:
    return _BOARD(actor, alert) or _ORDERS_OF_NOBODY(actor, alert)


_BOARD: Final = _page(Perm.ORDERS_ASSIGN, "board", gettext_lazy("Open the team board"))
_ORDERS_OF_NOBODY: Final = _orders(agent=NOBODY)
_PRODUCT: Final = _page(Perm.STOCK_VIEW, "product", gettext_lazy("Open the product"), thing="product")
_ADS: Final = _page(Perm.ADS_ENTER, "ads", gettext_lazy("Open the ads"))
_WAYS: Final[dict[str, _Finder]] = {
    "low_stock": _PRODUCT,
    "cover": _PRODUCT,
    "sold_out_ads": _ADS,
    "spend_without_leads": _ADS,
    "lead_target": _ADS,
    "unmapped_spend": _page(
        Perm.ADS_ENTER, "ads_campaigns", gettext_lazy("Map the campaigns"), query="?state=unmapped"
    ),
    "ad_account": _page(Perm.ADS_ENTER, "ads_account", gettext_lazy("Open the account"), thing="account"),
    "break_even": _page(
        Perm.FINANCE_VIEW, "finance_product", gettext_lazy("Open the product's account"), thing="product"
    ),
    "high_returns": _orders(stage="returned"),
    "low_delivery": _orders(shipped_from="days"),
    "low_confirmation": _orders(contacted_from="days"),
    "unassigned": _unassigned,
    "late_orders": _orders(stage="confirming"),
    "stale_source": _page(Perm.INTAKE_MANAGE, "intake_source", gettext_lazy("Open the source"), thing="source"),
    "inbox_waiting": _page(
        Perm.INTAKE_MANAGE, "intake_inbox", gettext_lazy("Open the inbox"), query="?source=%(source)s"
    ),
    "rules_failing": _page(Perm.SETTINGS_MANAGE, "settings_alert", gettext_lazy("Open the rule"), thing="rule"),
}
