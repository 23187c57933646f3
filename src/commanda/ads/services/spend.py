"""What was spent on ads, typed or pasted: per product, platform, buyer and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.ads.locks import lock_days
from commanda.ads.models import AdSpend, Platform
from commanda.ads.rates import MAD, USUAL_CURRENCIES, known_currencies, load_rates
from commanda.audit.services import record_many
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.kernel.money import quantize
from commanda.kernel.transaction import unit_of_work

HIGHEST_SPEND: Final = 1_000_000
HIGHEST_RATE: Final = Decimal(1000)
FIRST_DAY: Final = date(2010, 1, 1)
NO_RATE: Final = _("It is not known what one %(currency)s is worth. Add a rate first.")

UPSERT: Final = """
INSERT INTO ads_adspend (product_id, platform_id, spent_on, amount, currency, rate, mad_amount, buyer_id, updated_at)
SELECT told.*, %s, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::numeric[], %s::text[], %s::numeric[], %s::numeric[]) AS told
ON CONFLICT (product_id, platform_id, buyer_id, spent_on) WHERE account_id IS NULL DO UPDATE SET
    amount = excluded.amount, currency = excluded.currency, rate = excluded.rate, mad_amount = excluded.mad_amount,
    updated_at = excluded.updated_at
RETURNING id, product_id, platform_id, spent_on
"""


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


@dataclass(frozen=True, slots=True)
class SpendLine:
    """One figure of any day. `rate` None takes that of the table of rates; `field` names the input in errors."""

    product_id: int
    platform_id: int
    spent_on: date
    amount: Decimal
    currency: str = MAD
    rate: Decimal | None = None
    field: str = ""

    @property
    def key(self) -> tuple[int, int, date]:
        return self.product_id, self.platform_id, self.spent_on


def enter_spend(
    *,
    actor: Actor,
    product_id: int,
    platform_id: int,
    spent_on: date,
    amount: Decimal,
    currency: str = MAD,
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
        account=None,
    )


def enter_spends(
    *,
    actor: Actor,
    cells: Sequence[SpendCell],
    spent_on: date,
    currency: str = MAD,
    rate: Decimal | None = Decimal(1),
    buyer_id: int | None = None,
) -> list[int]:
    """Write down what a buyer (by default the actor) spent on a day; all cells or none.

    `rate` is MAD for one unit of `currency`, None the one of the table. See `enter_lines`; errors name the cell.
    """
    lines = [
        SpendLine(cell.product_id, cell.platform_id, spent_on, cell.amount, currency, rate, cell.field)
        for cell in cells
    ]
    return enter_lines(actor=actor, lines=lines, buyer_id=buyer_id)


def enter_lines(*, actor: Actor, lines: Sequence[SpendLine], buyer_id: int | None = None) -> list[int]:
    """Write down what a buyer (by default the actor) spent; all lines or none.

    A figure typed again replaces the former one; zero stays as a zero. The rate is frozen with the figure. Returns
    the ids of the rows that changed. Locks the buyer's rows of the days. Raises `NotAllowed` for another's spend
    without the right to see all, `Invalid` for an absurd or negative amount, an unknown product or platform, a future
    day, a bad currency or rate, the same product, platform and day twice.
    """
    buyer = _buyer(actor, buyer_id)
    checked = _checked(lines)
    _check_known(lines)
    with unit_of_work():
        standing = lock_days(buyer, {line.spent_on for line in lines})
        changed = [line for line in checked if not _is_same(standing.get(line.key), line)]
        ids = _upsert(changed, buyer)
        record_many(
            actor=actor,
            name="finance.ad_spend_entered",
            subject="finance.ad_spend",
            entries=[(ids[line.key], _as_fact(line, buyer, standing.get(line.key))) for line in changed],
        )
    return [ids[line.key] for line in changed]


def _is_same(row: AdSpend | None, line: SpendLine) -> bool:
    return row is not None and (row.amount, row.currency, row.rate) == (line.amount, line.currency, line.rate)


def _mad(line: SpendLine) -> Decimal:
    return quantize(line.amount * (line.rate or Decimal(1)))


def _as_fact(line: SpendLine, buyer_id: int, old: AdSpend | None) -> dict[str, Any]:
    return {
        "product": line.product_id,
        "platform": line.platform_id,
        "buyer": buyer_id,
        "spent_on": line.spent_on.isoformat(),
        "mad_amount": [str(old.mad_amount) if old else None, str(_mad(line))],
    }


def _upsert(lines: list[SpendLine], buyer_id: int) -> dict[tuple[int, int, date], int]:
    if not lines:
        return {}
    columns = zip(
        *[
            (line.product_id, line.platform_id, line.spent_on, line.amount, line.currency, line.rate, _mad(line))
            for line in lines
        ],
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [buyer_id, now(), *map(list, columns)])
        return {(product, platform, day): pk for pk, product, platform, day in cursor.fetchall()}


def _buyer(actor: Actor, buyer_id: int | None) -> int:
    actor.require(Perm.ADS_ENTER)
    wanted = buyer_id or actor.user_id
    if wanted is None:
        raise Invalid(_("Choose whose spend this is."), field="buyer", code="no_buyer")
    if wanted == actor.user_id:
        return wanted
    if not actor.can(Perm.ADS_VIEW_ALL):
        raise NotAllowed
    check_runs_ads(wanted)
    return wanted


def check_runs_ads(user_id: int) -> None:
    """Raise `Invalid` (field `buyer`) for a person without the right to run ads."""
    if not User.objects.with_permission(Perm.ADS_ENTER).filter(pk=user_id).exists():
        raise Invalid(_("This person does not run ads."), field="buyer", code="not_a_buyer")


def _check_day(day: date) -> None:
    if day > today():
        raise Invalid(_("This date is in the future."), field="spent_on", code="bad_date")
    if day < FIRST_DAY:
        raise Invalid(_("This date is too long ago."), field="spent_on", code="bad_date")


def checked_rate(currency: str, rate: Decimal) -> Decimal:
    """A rate as it is kept. Raises `Invalid` (field `rate`) for one that no currency has, or other than 1 for MAD."""
    if not rate.is_finite() or not 0 < rate <= HIGHEST_RATE:
        raise Invalid(_("Type how many dirhams one unit is worth."), field="rate", code="bad_rate")
    rate = rate.quantize(Decimal("0.000001"))
    if not rate or (currency == MAD and rate != 1):
        raise Invalid(_("A dirham is worth one dirham: the rate must be 1."), field="rate", code="bad_rate")
    return rate


def _checked(lines: Sequence[SpendLine]) -> list[SpendLine]:
    """The lines with rounded amounts and their rates."""
    currencies = {line.currency for line in lines}
    if not currencies <= set(USUAL_CURRENCIES) and not currencies <= set(known_currencies()):
        raise Invalid(_("Choose a currency of the list."), field="currency", code="unknown_currency")
    rates = load_rates(currencies) if any(line.rate is None for line in lines) else None
    checked: dict[tuple[int, int, date], SpendLine] = {}
    for line in lines:
        _check_day(line.spent_on)
        rate = line.rate if line.rate is not None or rates is None else rates.rate_on(line.currency, line.spent_on)
        if rate is None:
            raise Invalid(NO_RATE, field=line.field or "rate", code="no_rate", currency=line.currency)
        rate = checked_rate(line.currency, rate)
        if line.key in checked:
            text = _("The same product and platform stand twice.")
            raise Invalid(text, field=line.field or "cells", code="cell_twice")
        checked[line.key] = SpendLine(*line.key, _checked_amount(line, rate), line.currency, rate, line.field)
    return list(checked.values())


def _checked_amount(line: SpendLine, rate: Decimal) -> Decimal:
    if not line.amount.is_finite() or line.amount < 0:
        raise Invalid(_("The amount cannot be negative."), field=line.field, code="bad_amount")
    if line.amount > HIGHEST_SPEND or line.amount * rate > HIGHEST_SPEND:
        raise Invalid(
            _("So much in one day? The amount must be at most %(highest)s DH."),
            field=line.field,
            code="bad_amount",
            highest="1 000 000",
        )
    return quantize(line.amount)


def _check_known(lines: Sequence[SpendLine]) -> None:
    products = {line.product_id for line in lines}
    platforms = {line.platform_id for line in lines}
    if Product.objects.filter(pk__in=products).count() < len(products):
        raise Invalid(_("This product does not exist."), field="product", code="unknown_product")
    if Platform.objects.filter(pk__in=platforms).count() < len(platforms):
        raise Invalid(_("This platform does not exist."), field="platform", code="unknown_platform")
