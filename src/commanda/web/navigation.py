"""The menu as data: what stands in the side bar, in the phone's tab bar and behind the `g` keys.

An item shows when the actor has its permission.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.reports.catalogue import has_reports
from commanda.web.addresses import address

PHONE_TABS = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One place to go. `key` is the letter after `g`; `short_label` is what fits under an icon on a phone."""

    url_name: str
    label: Any
    icon: str
    permission: str = ""
    key: str = ""
    group: str = "work"
    on_phone: bool = False
    in_sidebar: bool = True
    short_label: Any = ""
    is_for: Callable[[Actor], bool] | None = None  # where no single right says it


@dataclass(frozen=True, slots=True)
class Link:
    """An item the actor may open, with its address; `is_active` when the current page is inside it."""

    item: Item
    url: str
    is_active: bool = False

    @property
    def short_label(self) -> Any:
        return self.item.short_label or self.item.label


@dataclass(frozen=True, slots=True)
class Group:
    slug: str
    label: Any
    links: tuple[Link, ...]

    @property
    def is_active(self) -> bool:
        return any(link.is_active for link in self.links)


GROUPS = {
    "work": "",
    "goods": _("Goods"),
    "money": _("Money"),
    "admin": _("Administration"),
}

ITEMS = (
    Item("home", _("Home"), "home", key="h", on_phone=True),
    Item("calls", _("Calls"), "headset", "calls.log", key="c", on_phone=True),
    Item("orders", _("Orders"), "clipboard-list", "orders.view", key="o", on_phone=True),
    Item(
        "order_new",
        _("New order"),
        "square-rounded-plus",
        "orders.create",
        key="n",
        on_phone=True,
        in_sidebar=False,
        short_label=_("New"),
    ),
    Item("board", _("Team board"), "users-group", "orders.assign", key="b"),
    Item("customers", _("Customers"), "users", "customers.view", key="u"),
    Item("shipping", _("Shipping"), "truck-delivery", "shipping.ship", key="e"),
    Item(
        "stock",
        _("Stock"),
        "building-warehouse",
        "stock.view",
        key="s",
        group="goods",
        on_phone=True,
    ),
    Item("products", _("Products"), "shirt", "stock.view", key="p", group="goods"),
    Item(
        "ads",
        _("Ads"),
        "speakerphone",
        "ads.enter",
        key="a",
        group="money",
        on_phone=True,
    ),
    Item("my_commission", _("My commission"), "coins", "commission.view_own", key="m", group="money"),
    Item("finance", _("Finance"), "coins", "finance.view", key="f", group="money"),
    Item("reports", _("Reports"), "report-analytics", key="d", group="money", is_for=has_reports),
    Item("intake", _("Intake"), "table-import", "intake.manage", key="i", group="admin"),
    Item("team", _("Team"), "users-group", "users.manage", key="t", group="admin"),
    Item("settings", _("Settings"), "settings", "settings.manage", key="r", group="admin"),
)


def _allowed(actor: Actor) -> Iterator[Link]:
    for item in ITEMS:
        if item.permission and not actor.can(item.permission):
            continue
        if item.is_for is not None and not item.is_for(actor):
            continue
        yield Link(item, address(item.url_name))


def _mark_active(links: list[Link], path: str) -> list[Link]:
    """The link whose address is the longest beginning of the path is where we are; home only exactly."""
    inside = [
        link
        for link in links
        if path == link.url or (link.item.url_name != "home" and path.startswith(link.url.rstrip("/") + "/"))
    ]
    here = max(inside, key=lambda link: len(link.url), default=None)
    return [Link(link.item, link.url, link is here) for link in links]


def links_for(actor: Actor, path: str) -> list[Link]:
    """Every place the actor may go, with the current one marked; nothing for a stranger."""
    return _mark_active(list(_allowed(actor)), path) if actor.is_authenticated else []


def sidebar_groups(actor: Actor, path: str) -> list[Group]:
    """The side bar: groups without a permitted link are left out."""
    links = [link for link in _allowed(actor) if link.item.in_sidebar] if actor.is_authenticated else []
    links = _mark_active(links, path)
    groups = (
        Group(slug, label, tuple(link for link in links if link.item.group == slug)) for slug, label in GROUPS.items()
    )
    return [group for group in groups if group.links]


def phone_tabs(actor: Actor, path: str) -> list[Link]:
    """The first four places that matter on a phone; the rest is behind "More"."""
    return list(islice((link for link in links_for(actor, path) if link.item.on_phone), PHONE_TABS))
