"""What a lead or a delivered order of a product may take of ads at most."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.models import SpendTarget
from commanda.audit.services import record
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import Invalid
from commanda.kernel.money import quantize
from commanda.kernel.transaction import unit_of_work

HIGHEST: Final = 100_000
FURTHEST: Final = timedelta(days=366)


def set_target(
    *,
    actor: Actor,
    product_id: int,
    kind: str,
    amount: Decimal | None,
    valid_from_on: date | None = None,
    is_derived: bool = False,
) -> SpendTarget:
    """Set (None: end) the target of a product from a day on, by default today; the same day again corrects it.

    `kind` is one of `SpendTarget.Kind`; `is_derived` says that `amount` was computed from the books. Buyers see the
    amount and nothing of what it was made from. Raises `Invalid`; for a wrong amount its field is `kind`, since both
    kinds are typed side by side.
    """
    actor.require(Perm.FINANCE_EDIT)
    day = valid_from_on or today()
    if kind not in SpendTarget.Kind.values:
        raise Invalid(_("Choose what the target is for."), field="kind", code="unknown_kind")
    if not Product.objects.filter(pk=product_id).exists():
        raise Invalid(_("This product does not exist."), field="product", code="unknown_product")
    if not today() - FURTHEST <= day <= today() + FURTHEST:
        raise Invalid(_("Choose a day that is not so far away."), field="valid_from_on", code="bad_date")
    if amount is not None and not (amount.is_finite() and Decimal("0.01") <= amount <= HIGHEST):
        raise Invalid(_("Type an amount in dirhams, or nothing for no target."), field=kind, code="bad_amount")
    with unit_of_work():
        before = SpendTarget.objects.filter(product_id=product_id, kind=kind, valid_from_on=day).first()
        values: dict[str, Any] = {"amount": quantize(amount) if amount is not None else None, "is_derived": is_derived}
        row, _created = SpendTarget.objects.update_or_create(
            product_id=product_id, kind=kind, valid_from_on=day, defaults={**values, "updated_at": now()}
        )
        record(
            actor=actor,
            name="ads.target_set",
            subject="ads.target",
            subject_id=row.pk,
            changes={
                "product": product_id,
                "kind": kind,
                "valid_from_on": day.isoformat(),
                "amount": [_text(before.amount if before else None), _text(row.amount)],
                "is_derived": is_derived,
            },
        )
    return row


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
