"""What currencies are worth: a small dated table that those who run ads keep."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.models import AdAccount, ExchangeRate
from commanda.ads.rates import MAD
from commanda.ads.services.spend import FIRST_DAY, checked_rate
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work

CURRENCY: Final = re.compile(r"[A-Z]{3}")
FURTHEST: Final = timedelta(days=31)


def set_rate(*, actor: Actor, currency: str, valid_from_on: date, rate: Decimal) -> ExchangeRate:
    """Say what one unit is worth from a day on; the same day again corrects it.

    Figures that were written down already keep their rate. Accounts of the currency that waited for a rate are read
    again. Raises `Invalid`.
    """
    actor.require(Perm.ADS_ENTER)
    currency = checked_currency(currency)
    if currency == MAD:
        raise Invalid(_("Dirhams need no rate."), field="currency", code="bad_currency")
    if not FIRST_DAY <= valid_from_on <= today() + FURTHEST:
        raise Invalid(_("Choose a day that is not so far away."), field="valid_from_on", code="bad_date")
    rate = checked_rate(currency, rate)
    with unit_of_work():
        before = ExchangeRate.objects.filter(currency=currency, valid_from_on=valid_from_on).first()
        row, _created = ExchangeRate.objects.update_or_create(
            currency=currency, valid_from_on=valid_from_on, defaults={"rate": rate, "updated_at": now()}
        )
        record(
            actor=actor,
            name="ads.rate_set",
            subject="ads.rate",
            subject_id=row.pk,
            changes={
                "currency": currency,
                "valid_from_on": valid_from_on.isoformat(),
                "rate": [str(before.rate) if before else None, str(rate)],
            },
        )
        waiting = AdAccount.objects.filter(currency=currency, error_code="no_rate", is_active=True).exclude(secret="")
        waiting.update(next_run_at=now())
    return row


def delete_rate(*, actor: Actor, rate_id: int) -> None:
    """Take a wrong rate out of the table; figures keep the rate they were written with. Raises `NotFound`."""
    actor.require(Perm.ADS_ENTER)
    with unit_of_work():
        row = ExchangeRate.objects.filter(pk=rate_id).first()
        if row is None:
            raise NotFound
        changes = {"currency": row.currency, "valid_from_on": row.valid_from_on.isoformat(), "rate": str(row.rate)}
        row.delete()
        record(actor=actor, name="ads.rate_deleted", subject="ads.rate", subject_id=rate_id, changes=changes)


def checked_currency(text: str) -> str:
    """A currency's three letters. Raises `Invalid` (field `currency`)."""
    currency = text.strip().upper()
    if not CURRENCY.fullmatch(currency):
        raise Invalid(_("Type the three letters of the currency, such as USD."), field="currency", code="bad_currency")
    return currency
