"""What a new shop still needs, as steps that tick themselves off."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.catalog.models import Product
from commanda.intake.models import Source
from commanda.kernel.actor import Actor
from commanda.orders.models import Order
from commanda.web.addresses import address


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `url` is None where its page is not installed."""

    icon: str
    title: Any
    text: Any
    button: Any
    url: str
    is_done: bool


def steps_for(actor: Actor) -> list[Step]:
    """The steps in the order in which they make sense; empty for people who cannot do them."""
    if not actor.can(Perm.SETTINGS_MANAGE):
        return []
    colleagues = User.objects.visible_to(actor).exclude(pk=actor.user_id or 0)
    return [
        Step(
            "shirt",
            _("Add your products"),
            _("Name, SKU, price and variants. Rows of a sheet are matched with them."),
            _("Add a product"),
            address("product_new"),
            _any(Product.objects.visible_to(actor)),
        ),
        Step(
            "table-import",
            _("Connect your sheet"),
            _("A Google Sheet is read every minute; a CSV or XLSX file can be uploaded at once."),
            _("Connect a sheet"),
            address("intake_source_new"),
            _any(Source.objects.visible_to(actor)),
        ),
        Step(
            "users-plus",
            _("Invite your agents"),
            _("Each person signs in and sees only what they need."),
            _("Invite people"),
            address("team"),
            _any(colleagues),
        ),
        Step(
            "clipboard-check",
            _("See the first order"),
            _("It comes in from the sheet, or you type it in."),
            _("Type an order"),
            address("order_new"),
            _any(Order.objects.visible_to(actor)),
        ),
    ]


def _any(rows: "QuerySet[Any, Model]") -> bool:
    return bool(rows.exists())
