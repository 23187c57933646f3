"""A right body for each write of the API."""

import json
from typing import Any

from commanda.api.openapi import describe
from tests.api.client import BASE

LINE = {"sku": "RUG-1", "quantity": 1, "unit_price_amount": "250.00", "is_upsell": False}
ORDER = {
    "phone": "0612345678",
    "phone2": "0522334455",
    "lines": [LINE],
    "customer_name": "Zineb",
    "city": "Fès",
    "address": "Rue 1",
    "note": "Soir",
    "store": "CM",
    "platform": "meta",
    "campaign": "A",
    "utm_source": "fb",
    "utm_medium": "paid",
    "utm_content": "video 3",
    "utm_term": "x",
    "tags": ["vip"],
    "discount_amount": "0.00",
    "delivery_amount": 20,
    "promised_on": "2026-12-31",
}
BODIES: dict[str, Any] = {
    "create": ORDER,
    "create_many": {"orders": [{"phone": "0612345678", "lines": [{"sku": "RUG-1"}]}]},
    "patch": {name: ORDER[name] for name in ("phone", "city", "tags", "discount_amount", "promised_on")},
    "replace_lines": {"lines": [LINE, {"variant_id": "VARIANT", "quantity": 2}]},
    "move": {"to": "cancelled", "expected_state": "", "reason": "other_cancel", "reason_text": "essai"},
    "move_many": {"to": "to_confirm", "ids": ["ORDER"], "reason": "", "reason_text": ""},
    "comment": {"text": "Bonjour"},
    "add_call": {
        "outcome": "callback",
        "medium": "phone",
        "comment": "Oui",
        "callback_at": "2026-11-30T10:00:00Z",
        "reason": "",
        "reason_text": "",
    },
}
# operation → (method, path under the base, its description)
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path.removeprefix(BASE), operation)
    for path, methods in describe()["paths"].items()
    for method, operation in methods.items()
}


def filled_body(operation: str, *, order_id: int, variant_id: int) -> bytes:
    """The body with the ids of objects that exist."""
    text = json.dumps(BODIES[operation])
    return text.replace('"ORDER"', str(order_id)).replace('"VARIANT"', str(variant_id)).encode()
