from django.db.models import F, QuerySet

from commanda.kernel.actor import Actor
from commanda.stock.models import StockLevel, StockMovement


def levels(actor: Actor) -> QuerySet[StockLevel]:
    """Levels with their variant and product, by product name."""
    return (
        StockLevel.objects.visible_to(actor)
        .select_related("variant__product__category")
        .order_by("variant__product__name", "variant_id")
    )


def low_levels(actor: Actor) -> QuerySet[StockLevel]:
    """Levels of active products at or under their threshold, the emptiest first."""
    return (
        levels(actor)
        .filter(
            variant__is_active=True,
            variant__product__is_active=True,
            variant__product__low_stock_qty__gt=0,
            available__lte=F("variant__product__low_stock_qty"),
        )
        .order_by("available")
    )


def movements(actor: Actor, variant_id: int) -> QuerySet[StockMovement]:
    """The ledger of one variant, newest first."""
    return (
        StockMovement.objects.visible_to(actor)
        .filter(variant_id=variant_id)
        .select_related("made_by", "document")
        .order_by("-id")
    )
