"""From an alert to the place where something can be done about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

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


def way_from(actor: Actor, alert: Alert) -> Way | None:
    """The page that the alert leads to; None where there is none, or none for this person."""
    return _WAYS[alert.kind](actor, alert) if alert.kind in _WAYS else None


def _product(actor: Actor, alert: Alert) -> Way | None:
    if not actor.can(Perm.STOCK_VIEW):
        return None
    return Way(reverse("product", args=[alert.things["product"]]), _("Open the product"))


def _ads(actor: Actor, _alert: Alert) -> Way | None:
    return Way(reverse("ads"), _("Open the ads")) if actor.can(Perm.ADS_ENTER) else None


def _campaigns(actor: Actor, _alert: Alert) -> Way | None:
    if not actor.can(Perm.ADS_ENTER):
        return None
    return Way(f"{reverse('ads_campaigns')}?state=unmapped", _("Map the campaigns"))


def _ad_account(actor: Actor, alert: Alert) -> Way | None:
    if not actor.can(Perm.ADS_ENTER):
        return None
    return Way(reverse("ads_account", args=[alert.things["account"]]), _("Open the account"))


def _product_account(actor: Actor, alert: Alert) -> Way | None:
    if not actor.can(Perm.FINANCE_VIEW):
        return None
    return Way(reverse("finance_product", args=[alert.things["product"]]), _("Open the product's account"))


def _orders(**filters: Any) -> Callable[[Actor, Alert], Way | None]:
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
    if actor.can(Perm.ORDERS_ASSIGN):
        return Way(reverse("board"), _("Open the team board"))
    return _orders(agent=NOBODY)(actor, alert)


def _source(actor: Actor, alert: Alert) -> Way | None:
    if not actor.can(Perm.INTAKE_MANAGE):
        return None
    return Way(reverse("intake_source", args=[alert.things["source"]]), _("Open the source"))


def _inbox(actor: Actor, alert: Alert) -> Way | None:
    if not actor.can(Perm.INTAKE_MANAGE):
        return None
    return Way(f"{reverse('intake_inbox')}?source={alert.things['source']}", _("Open the inbox"))


def _rule(actor: Actor, alert: Alert) -> Way | None:
    if not actor.can(Perm.SETTINGS_MANAGE):
        return None
    return Way(reverse("settings_alert", args=[alert.things["rule"]]), _("Open the rule"))


_WAYS: Final[dict[str, Callable[[Actor, Alert], Way | None]]] = {
    "low_stock": _product,
    "cover": _product,
    "sold_out_ads": _ads,
    "spend_without_leads": _ads,
    "lead_target": _ads,
    "unmapped_spend": _campaigns,
    "ad_account": _ad_account,
    "break_even": _product_account,
    "high_returns": _orders(stage="returned"),
    "low_delivery": _orders(shipped_from="days"),
    "low_confirmation": _orders(contacted_from="days"),
    "unassigned": _unassigned,
    "late_orders": _orders(stage="confirming"),
    "stale_source": _source,
    "inbox_waiting": _inbox,
    "rules_failing": _rule,
}
