"""The order types that a new installation starts with. Data: an admin changes them later."""

from typing import Any

from commanda.orders.entry_steps import FIELDS, Mode, Step
from commanda.orders.models import OrderType

HIDDEN, SHOWN, REQUIRED = Mode.HIDDEN, Mode.SHOWN, Mode.REQUIRED

B2C = {
    Step.GENERAL: {"store": SHOWN, "channel": REQUIRED, "promised_on": SHOWN},
    Step.CUSTOMER: {
        "phone_e164": REQUIRED,
        "customer_name": REQUIRED,
        "phone2_e164": SHOWN,
        "email": SHOWN,
        "city": REQUIRED,
        "address": SHOWN,
    },
    Step.ITEMS: {"lines": REQUIRED, "price_remark": SHOWN},
    Step.PAYMENT: {
        "payment_method": REQUIRED,
        "delivery_amount": SHOWN,
        "discount_amount": SHOWN,
        "proof": SHOWN,
        "note": SHOWN,
    },
}
B2B = {
    Step.GENERAL: {"store": SHOWN, "channel": REQUIRED, "promised_on": SHOWN, "tags": SHOWN},
    Step.CUSTOMER: {
        "phone_e164": REQUIRED,
        "company_name": REQUIRED,
        "ice": SHOWN,
        "contact_name": REQUIRED,
        "purchase_reference": SHOWN,
        "email": SHOWN,
        "city": REQUIRED,
        "address": REQUIRED,
    },
    Step.ITEMS: {"lines": REQUIRED},
    Step.PAYMENT: {
        "payment_method": REQUIRED,
        "delivery_amount": SHOWN,
        "discount_amount": SHOWN,
        "proof": REQUIRED,
        "note": SHOWN,
    },
}


def ensure_order_types() -> None:
    """Create the two default types if there is none; never change existing ones."""
    if OrderType.objects.exists():
        return
    OrderType.objects.bulk_create(
        [
            OrderType(
                slug="b2c",
                label_fr="Particulier (B2C)",
                label_ar="زبون فردي (B2C)",
                label_en="Private client (B2C)",
                customer_kind=OrderType.CustomerKind.B2C,
                steps=steps_of(B2C),
                price_rule=OrderType.PriceRule.REMARK,
                is_default=True,
                position=0,
            ),
            OrderType(
                slug="b2b",
                label_fr="Entreprise (B2B)",
                label_ar="شركة (B2B)",
                label_en="Company (B2B)",
                customer_kind=OrderType.CustomerKind.B2B,
                steps=steps_of(B2B),
                price_rule=OrderType.PriceRule.FREE,
                position=1,
            ),
        ]
    )


def steps_of(modes: dict[Step, dict[str, Mode]]) -> list[dict[str, Any]]:
    """The JSON of steps; fields that are not named are left out."""
    return [
        {"step": step.value, "fields": {name: told.get(name, HIDDEN).value for name in FIELDS[step]}}
        for step, told in modes.items()
    ]
