"""The only place that locks stock levels."""

from collections.abc import Collection

from django.db.models import QuerySet

from commanda.kernel.prepared import any_of, prepared
from commanda.stock.models import StockLevel


def lock_levels(variant_ids: Collection[int]) -> dict[int, StockLevel]:
    """Lock the levels of the variants, in id order so that two callers cannot deadlock; missing ones are absent.

    Held until the transaction ends. Take it after every other lock: it is the hottest.
    """
    return {level.pk: level for level in _levels().all(ids=list(variant_ids))}


@prepared
def _levels() -> QuerySet[StockLevel]:
    levels = StockLevel.objects.filter(any_of("pk", "ids")).order_by("pk")
    return levels.select_for_update(no_key=True, of=("self",))
