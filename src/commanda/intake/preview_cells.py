"""A clean value as the mapping page shows it beside the cell it was read from."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commanda.intake.clean_row import CleanRow


@dataclass(frozen=True, slots=True)
class Shown:
    """A value and how it is printed: `text`, `phone`, `amount`, `moment` or `code` (left to right in Arabic, too)."""

    value: Any
    kind: str = "text"

    @property
    def text(self) -> Any:
        """The value; "" for none, so that a zero amount still shows."""
        return "" if self.value is None else self.value

    def differs_from(self, original: str) -> bool:
        """Whether the original is worth showing beside it."""
        if not original or self.value in (None, ""):
            return False
        if isinstance(self.value, Decimal):
            return original not in {f"{self.value:f}", f"{self.value.normalize():f}"}
        return original != str(self.value)


def shown_value(row: CleanRow, name: str, cities: dict[int, str]) -> Shown:
    """What the row says for a field; empty when its cell is empty or could not be read."""
    value: str | int | Decimal | dt.datetime | None
    match name:
        case "phone" | "phone2":
            phone = getattr(row, name)
            return Shown(phone.display if phone else None, "phone")
        case "ordered_at":
            return Shown(row.ordered_at, "moment")
        case "total_price":
            return Shown(row.total_amount, "amount")
        case "discount":
            return Shown(row.discount_amount, "amount")
        case "delivery":
            return Shown(row.delivery_amount, "amount")
        case "unit_price":
            return Shown(row.items[0].unit_amount if row.items else None, "amount")
        case "quantity":
            value = sum(item.quantity for item in row.items) or None
        case "city":
            value = cities.get(row.city_id, "") if row.city_id else row.city_text
        case "external_id" | "tracking":
            return Shown(getattr(row, name), "code")
        case "product" | "sku" | "first_name" | "last_name" | "variant_color" | "variant_size":
            return Shown(None)
        case _:
            value = getattr(row, name, "")
    return Shown(value)
