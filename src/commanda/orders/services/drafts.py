"""The shape in which every channel hands over an order."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class LineDraft(NamedTuple):
    """`unit_price_amount` None takes the variant's price."""

    variant_id: int
    quantity: int = 1
    unit_price_amount: Decimal | None = None
    is_upsell: bool = False


def joined(lines: Iterable[LineDraft]) -> list[LineDraft]:
    """One line for each variant, price and kind, in the order they came."""
    sums: dict[tuple[int, Decimal | None, bool], int] = {}
    for line in lines:
        key = (line.variant_id, line.unit_price_amount, line.is_upsell)
        sums[key] = sums.get(key, 0) + line.quantity
    return [
        LineDraft(variant_id, quantity, price, is_upsell) for (variant_id, price, is_upsell), quantity in sums.items()
    ]


class OrderDraft(NamedTuple):
    """A clean order: the phone is E.164, the variants exist. `created_at` None means now."""

    phone_e164: str
    lines: tuple[LineDraft, ...]
    store_id: int
    channel: str
    customer_name: str = ""
    phone2_e164: str = ""
    city_id: int | None = None
    city_text: str = ""
    address: str = ""
    note: str = ""
    platform: str = ""
    campaign: str = ""
    utm: Mapping[str, str] | None = None
    tags: tuple[str, ...] = ()
    discount_amount: Decimal = Decimal(0)
    delivery_amount: Decimal = Decimal(0)
    promised_on: date | None = None
    created_at: datetime | None = None
    is_draft: bool = False
    assignee_id: int | None = None
