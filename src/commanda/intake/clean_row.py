"""The clean form of a row, before it becomes an order."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from commanda.intake.problems import Problem
from commanda.kernel.phone import Phone


class CleanItem(NamedTuple):
    """One product of a row. `unit_amount` is the price of one piece when a column tells it, `offer_amount` the price
    of all pieces when the product text does ("2 pcs à 199 dh").
    """

    text: str
    variant_id: int | None
    quantity: int = 1
    unit_amount: Decimal | None = None
    offer_amount: Decimal | None = None

    @property
    def amount(self) -> Decimal | None:
        """What all pieces cost, as far as the row says."""
        if self.unit_amount is not None:
            return self.unit_amount * self.quantity
        return self.offer_amount


class CleanRow(NamedTuple):
    """A row with clean values. Texts are "" and others None where the row says nothing usable.

    `ordered_at` is UTC; `total_amount` is what the client pays for the whole row (or order, when several rows repeat
    it); of that `discount_amount` was taken off and `delivery_amount` charged on top, as far as columns tell;
    `phone_text` is the phone cell as written.
    """

    row_number: int = 0
    external_id: str = ""
    ordered_at: dt.datetime | None = None
    store: str = ""
    agent: str = ""
    name: str = ""
    phone: Phone | None = None
    phone_text: str = ""
    phone2: Phone | None = None
    city_id: int | None = None
    city_text: str = ""
    address: str = ""
    items: tuple[CleanItem, ...] = ()
    total_amount: Decimal | None = None
    discount_amount: Decimal | None = None
    delivery_amount: Decimal | None = None
    note: str = ""
    platform: str = ""
    campaign: str = ""
    ad_set: str = ""
    utm: tuple[tuple[str, str], ...] = ()
    tracking: str = ""
    carrier: str = ""
    status: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def is_rejected(self) -> bool:
        return any(problem.rejects for problem in self.problems)
