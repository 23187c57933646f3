"""What was spent on ads: per product, platform, buyer and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.ads.locks import lock_day
from commanda.ads.models import AdSpend, Platform
from commanda.audit.services import record_many
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.kernel.money import quantize
from commanda.kernel.transaction import unit_of_work

CURRENCIES: Final = ("MAD", "USD", "EUR")
HIGHEST_SPEND: Final = 1_000_000
HIGHEST_RATE: Final = Decimal(1000)
FIRST_DAY: Final = date(2010, 1, 1)


@dataclass(frozen=True, slots=True)
class SpendCell:
    """What one product cost on one platform on the day, in the currency of the grid."""

    product_id: int
    platform_id: int
    amount: Decimal

    @property
    def field(self) -> str:
        """The name of the grid's input, for errors."""
        return f"amount-{self.product_id}-{self.platform_id}"


def enter_spend(
    *,
    actor: Actor,
    product_id: int,
    platform_id: int,
    spent_on: date,
    amount: Decimal,
    currency: str = "MAD",
    rate: Decimal = Decimal(1),
    buyer_id: int | None = None,
) -> AdSpend:
    """Write down one figure; see `enter_spends`."""
    cell = SpendCell(product_id, platform_id, amount)
    enter_spends(actor=actor, cells=[cell], spent_on=spent_on, currency=currency, rate=rate, buyer_id=buyer_id)
    return AdSpend.objects.get(
        product_id=product_id,
        platform_id=platform_id,
        buyer_id=buyer_id or actor.user_id,
        spent_on=spent_on,
    )


def enter_spends(
    *,
    actor: Actor,
    cells: Sequence[SpendCell],
    spent_on: date,
    currency: str = "MAD",
    rate: Decimal = Decimal(1),
    buyer_id: int | None = None,
) -> list[int]:
    """Write down what a buyer (by default the actor) spent on a day; all cells or none.

    A figure typed again replaces the former one; zero stays as a zero. `rate` is MAD for one unit of `currency`
    and is frozen with the figure. Returns the ids of the rows that changed. Locks the buyer's rows of the day.
    Raises `NotAllowed` for another's spend without the right to see all, `Invalid` (with the cell as `field`)
    for an absurd or negative amount, an unknown product or platform, a future day, a bad currency or rate.
    """
    buyer = _buyer(actor, buyer_id)
    _check_day(spent_on)
    rate = _checked_rate(currency, rate)
    checked = {(cell.product_id, cell.platform_id): _checked(cell, rate) for cell in cells}
    if len(checked) < len(cells):
        raise Invalid(_("The same product and platform stand twice."), field="cells", code="cell_twice")
    _check_known(cells)
    with unit_of_work():
        standing = lock_day(buyer, spent_on)
        rows, earlier = [], []
        for key, cell in checked.items():
            old = standing.get(key)
            if old and (old.amount, old.currency, old.rate) == (cell.amount, currency, rate):
                continue
            rows.append(_row(cell, buyer, spent_on, currency, rate))
            earlier.append(str(old.mad_amount) if old else None)
        saved = _upsert(rows)
        record_many(
            actor=actor,
            name="finance.ad_spend_entered",
            subject="finance.ad_spend",
            entries=[(row.pk, _as_fact(row, old)) for row, old in zip(saved, earlier, strict=True)],
        )
    return [row.pk for row in saved]


def _as_fact(row: AdSpend, old_amount: str | None) -> dict[str, Any]:
    return {
        "product": row.product_id,
        "platform": row.platform_id,
        "buyer": row.buyer_id,
        "spent_on": row.spent_on.isoformat(),
        "mad_amount": [old_amount, str(row.mad_amount)],
    }


def _upsert(rows: list[AdSpend]) -> list[AdSpend]:
    return AdSpend.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["product", "platform", "buyer", "spent_on"],
        update_fields=["amount", "currency", "rate", "mad_amount", "updated_at"],
    )


def _buyer(actor: Actor, buyer_id: int | None) -> int:
    actor.require(Perm.ADS_ENTER)
    wanted = buyer_id or actor.user_id
    if wanted is None:
        raise Invalid(_("Choose whose spend this is."), field="buyer", code="no_buyer")
    if wanted == actor.user_id:
        return wanted
    if not actor.can(Perm.ADS_VIEW_ALL):
        raise NotAllowed
    if not User.objects.with_permission(Perm.ADS_ENTER).filter(pk=wanted).exists():
        raise Invalid(_("This person does not run ads."), field="buyer", code="not_a_buyer")
    return wanted


def _check_day(day: date) -> None:
    if day > today():
        raise Invalid(_("This date is in the future."), field="spent_on", code="bad_date")
    if day < FIRST_DAY:
        raise Invalid(_("This date is too long ago."), field="spent_on", code="bad_date")


def _checked_rate(currency: str, rate: Decimal) -> Decimal:
    if currency not in CURRENCIES:
        raise Invalid(_("Choose a currency of the list."), field="currency", code="unknown_currency")
    if not rate.is_finite() or not 0 < rate <= HIGHEST_RATE:
        raise Invalid(_("Type how many dirhams one unit is worth."), field="rate", code="bad_rate")
    rate = rate.quantize(Decimal("0.000001"))
    if not rate or (currency == "MAD" and rate != 1):
        raise Invalid(_("A dirham is worth one dirham: the rate must be 1."), field="rate", code="bad_rate")
    return rate


def _checked(cell: SpendCell, rate: Decimal) -> SpendCell:
    if not cell.amount.is_finite() or cell.amount < 0:
        raise Invalid(_("The amount cannot be negative."), field=cell.field, code="bad_amount")
    if cell.amount > HIGHEST_SPEND or cell.amount * rate > HIGHEST_SPEND:
        raise Invalid(
            _("So much in one day? The amount must be at most %(highest)s DH."),
            field=cell.field,
            code="bad_amount",
            highest="1 000 000",
        )
    return SpendCell(cell.product_id, cell.platform_id, quantize(cell.amount))


def _check_known(cells: Sequence[SpendCell]) -> None:
    products = {cell.product_id for cell in cells}
    platforms = {cell.platform_id for cell in cells}
    if Product.objects.filter(pk__in=products).count() < len(products):
        raise Invalid(_("This product does not exist."), field="product", code="unknown_product")
    if Platform.objects.filter(pk__in=platforms).count() < len(platforms):
        raise Invalid(_("This platform does not exist."), field="platform", code="unknown_platform")


def _row(cell: SpendCell, buyer_id: int, spent_on: date, currency: str, rate: Decimal) -> AdSpend:
    return AdSpend(
        product_id=cell.product_id,
        platform_id=cell.platform_id,
        buyer_id=buyer_id,
        spent_on=spent_on,
        amount=cell.amount,
        currency=currency,
        rate=rate,
        mad_amount=quantize(cell.amount * rate),
        updated_at=now(),
    )
