"""Reads of ad spend."""

from datetime import date

from django.db.models import QuerySet

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.ads.models import AdSpend, Platform
from commanda.kernel.actor import Actor


def platforms() -> QuerySet[Platform]:
    """Platforms in use, by name."""
    return Platform.objects.filter(is_active=True)


def spends(actor: Actor, *, first: date, last: date, buyer_id: int | None = None) -> QuerySet[AdSpend]:
    """What the actor may see of the days `first` to `last`, the newest first, with product, platform and buyer."""
    rows = AdSpend.objects.visible_to(actor).filter(spent_on__range=(first, last))
    if buyer_id is not None:
        rows = rows.filter(buyer_id=buyer_id)
    return rows.select_related("product", "platform", "buyer").order_by("-spent_on", "product__name", "pk")


def day_spends(actor: Actor, *, spent_on: date, buyer_id: int) -> dict[tuple[int, int], AdSpend]:
    """One buyer's figures of one day by (product id, platform id); empty when the actor may not see them."""
    rows = AdSpend.objects.visible_to(actor).filter(spent_on=spent_on, buyer_id=buyer_id)
    return {(row.product_id, row.platform_id): row for row in rows}


def buyers(actor: Actor) -> QuerySet[User]:
    """Active people who run ads: all for those who see all ads, otherwise the actor alone."""
    rows = User.objects.active().with_permission(Perm.ADS_ENTER).order_by("name")
    return rows if actor.can(Perm.ADS_VIEW_ALL) else rows.filter(pk=actor.user_id or 0)
