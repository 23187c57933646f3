"""The only place that locks stock levels."""

from collections.abc import Collection

from commanda.stock.models import StockLevel


def lock_levels(variant_ids: Collection[int]) -> dict[int, StockLevel]:
    """Lock the levels of the variants, in id order so that two callers cannot deadlock; missing ones are absent.

    Held until the transaction ends. Take it after every other lock: it is the hottest.
    """
    levels = StockLevel.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=variant_ids).order_by("pk")
    return {level.pk: level for level in levels}
