from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict
from commanda.stock.locks import lock_levels
from commanda.stock.models import StockLevel


def set_backorder(*, actor: Actor, variant_ids: list[int], allows_backorder: bool) -> None:
    """Copy a product's choice to its levels. Raises `Conflict` when it is withdrawn while units are owed."""
    levels = lock_levels(variant_ids)
    owed = sum(-level.available for level in levels.values() if level.available < 0)
    if owed and not allows_backorder:
        raise Conflict(
            _("%(owed)s units are sold and not here yet. Receive them, or cancel those orders, first."),
            code="backorders_open",
            owed=owed,
        )
    StockLevel.objects.filter(pk__in=list(levels)).update(allows_backorder=allows_backorder)
