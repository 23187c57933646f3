"""A program that sends orders, as far as its requests go."""

import json
from typing import Any

from django.test import Client
from django.urls import reverse

from commanda.intake.deliveries import sign
from commanda.intake.models import Source
from commanda.intake.services.hooks import make_secret
from commanda.intake.services.hooks_take_in import take_in_deliveries
from commanda.intake.services.sources import create_source
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now

SYSTEM = system_actor("test")


def order(number: int, **fields: Any) -> dict[str, Any]:
    """An order as a shop's program tells it."""
    usual: dict[str, Any] = {
        "order_id": f"W{number}",
        "customer": {"name": f"Client Exemple {number}", "phone": f"06{number:08d}", "city": "Casablanca"},
        "product": "Montre Atlas",
        "quantity": 1,
        "total": 199,
    }
    return usual | fields


def make_hook(name: str = "Site", **fields: Any) -> tuple[Source, str]:
    """A source that is sent to, and its secret."""
    made = create_source(actor=SYSTEM, kind="hook", name=name, **fields)
    return make_secret(actor=SYSTEM, source_id=made.pk)


def as_body(data: Any) -> bytes:
    return data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()


def headers_of(secret: str, body: bytes, *, delivery: str = "", at: Any = None) -> dict[str, str]:
    """The headers of a signed request."""
    named = {"X-Commanda-Delivery": delivery} if delivery else {}
    return {"X-Commanda-Signature": sign(secret, body, at or now()), **named}


def send(source: Source, secret: str, data: Any, **options: Any) -> Any:
    """The answer to a signed body."""
    body = as_body(data)
    return Client().post(
        reverse("intake_hook", args=[source.hook_id]),
        body,
        content_type="application/json",
        headers=headers_of(secret, body, **options),
    )


def take_in(source: Source) -> Any:
    return take_in_deliveries(actor=SYSTEM, source_id=source.pk)
