"""Filters of the shipping, stock and product pages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template

from commanda.kernel.clock import day_of, today

register = template.Library()


@register.filter
def entry(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """`{{ cover|entry:level.pk }}`: the value under a key, empty when there is none."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def days_old(instant: datetime | None) -> int:
    """How many Moroccan days ago an instant was; 0 for none."""
    return (today() - day_of(instant)).days if instant else 0


@register.filter
def price_range(variants: Iterable[Any]) -> tuple[Any, Any]:
    """The lowest price, and the highest when it differs (else None), of the variants on sale, or of all."""
    rows = list(variants)
    prices = [row.price_amount for row in rows if row.is_active] or [row.price_amount for row in rows]
    if not prices:
        return None, None
    lowest, highest = min(prices), max(prices)
    return lowest, highest if highest != lowest else None
