"""What the calls page shows: an order to work, nothing due, or a break."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from commanda.confirmation import selectors
from commanda.confirmation.models import Outcome
from commanda.confirmation.retry import is_within_hours
from commanda.customers.selectors import city_called, delivered_cities
from commanda.kernel.clock import now
from commanda.orders.models import Order, OrderLine, Reason
from commanda.orders.selectors import client_record, other_orders, reasons
from commanda.orders.stages import QUEUED
from commanda.web.calls.callbacks import callback_choices
from commanda.web.calls.forms import WorkForm
from commanda.web.calls.whatsapp import greeting
from commanda.web.htmx import wants_partial
from commanda.web.once import form_token
from commanda.web.page import PageRequest

KEYS = "123456789"
LANGUAGES = (("fr", "FR"), ("ar", "عربي"))
HISTORY = 6


@dataclass(frozen=True, slots=True)
class Button:
    """An outcome on the page: `asks` is "callback", "reason" or nothing; `key` presses it."""

    outcome: Outcome
    key: str
    asks: str


def buttons(cancel_reasons: list[Reason]) -> list[Button]:
    """The outcomes in their order. One named like a reason ("out of stock") needs no other."""
    said_by_itself = {reason.slug for reason in cancel_reasons}
    found = []
    for place, outcome in enumerate(selectors.outcomes()):
        asks = ""
        if outcome.follow_up == Outcome.FollowUp.CALLBACK:
            asks = "callback"
        elif outcome.needs_reason and outcome.slug not in said_by_itself:
            asks = "reason"
        found.append(Button(outcome, KEYS[place] if place < len(KEYS) else "", asks))
    return found


def available(line: OrderLine) -> int | None:
    """Units of the line's product that can still be promised; of a bundle, as many as its parts allow."""
    parts = [(part.variant, part.quantity) for part in line.components.all()] or [(line.variant, 1)]
    levels = [(getattr(variant, "level", None), per_unit) for variant, per_unit in parts]
    known = [level.available // per_unit for level, per_unit in levels if level is not None]
    return min(known) if known else None


def reason_in_words(request: PageRequest) -> str:
    """What was typed beside the list of reasons; each outcome that asks has its own field."""
    return " ".join(filter(None, request.POST.getlist("reason_text")))[:300]


def work_context(
    request: PageRequest, order: Order, form: WorkForm | None = None, said: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The page for one order as `order_to_work` reads it; `form` comes back with its errors, or a fresh one is made."""
    actor = request.actor
    form = form or WorkForm(actor=actor, order=order, said=said)
    others = list(other_orders(actor, order))
    cancel_reasons = list(reasons("cancel"))
    return _frame(request) | {
        "panel": "calls/_work.html",
        "order": order,
        "entry": getattr(order, "queue_entry", None),
        "form": form,
        "unknown_city": order.city_text if order.city is None and city_called(order.city_text) is None else "",
        "token": form_token(request) if form.is_bound else uuid4().hex,
        "rows": [(line, field, available(line)) for line, field in form.rows()],
        "buttons": buttons(cancel_reasons),
        "reasons": cancel_reasons,
        "reason_text": reason_in_words(request),
        "choices": callback_choices(now()),
        "greetings": [(label, greeting(order, language)) for language, label in LANGUAGES],
        "record": client_record(order),
        "history": others[:HISTORY],
        "siblings": [other for other in others if other.stage in QUEUED],
        "calls": list(selectors.calls_of(actor, order.pk)[:HISTORY]),
        "scripts": _scripts(form.lines),
    }


def empty_context(request: PageRequest) -> dict[str, Any]:
    """Nothing is due now."""
    return _frame(request) | {"panel": "calls/_empty.html"}


def paused_context(request: PageRequest, status: str) -> dict[str, Any]:
    """The agent is on a break or away."""
    return _frame(request) | {"panel": "calls/_paused.html", "status": status}


def held_context(request: PageRequest, text: str) -> dict[str, Any]:
    """The chosen order cannot be worked now, and why."""
    return _frame(request) | {"panel": "calls/_held.html", "text": text}


def _frame(request: PageRequest) -> dict[str, Any]:
    policy = selectors.call_policy()
    return {
        "counts": selectors.queue_counts(request.actor, only_own=True),
        "policy": policy,
        "is_open_hour": is_within_hours(now(), selectors.calling_hours(policy)),
        "cities": [] if wants_partial(request) else delivered_cities(),
    }


def _scripts(lines: list[OrderLine]) -> list[tuple[str, str]]:
    products = {line.variant.product_id: line.variant.product for line in lines}
    return [(product.name, product.call_script) for product in products.values() if product.call_script.strip()]
