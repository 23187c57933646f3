"""What the calls page shows: an order to work, nothing due, or a break."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import Sum

from commanda.accounts.permissions import Perm
from commanda.confirmation import selectors
from commanda.confirmation.models import Call, Outcome, Presence
from commanda.confirmation.retry import is_within_hours
from commanda.confirmation.services.undo_call import OFFERED
from commanda.customers.models import City
from commanda.customers.selectors import cities_like, city_called, city_in_address, delivered_cities
from commanda.finance.commission_selectors import commission_entries
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.orders.models import Order, OrderLine, Reason
from commanda.orders.selectors import cancel_reasons, client_record, other_orders
from commanda.orders.stages import QUEUED
from commanda.web.calls.callbacks import callback_choices
from commanda.web.calls.forms import WorkForm
from commanda.web.calls.lines import open_offers
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


def buttons(refusals: list[Reason]) -> list[Button]:
    """The outcomes in their order. One named like a reason ("out of stock") needs no other."""
    said_by_itself = {reason.slug for reason in refusals}
    found = []
    for place, outcome in enumerate(selectors.outcomes()):
        asks = ""
        if outcome.follow_up == Outcome.FollowUp.CALLBACK:
            asks = "callback"
        elif outcome.needs_reason and outcome.slug not in said_by_itself:
            asks = "reason"
        found.append(Button(outcome, KEYS[place] if place < len(KEYS) else "", asks))
    return found


def reason_in_words(request: PageRequest) -> str:
    """What was typed beside the list of reasons; each outcome that asks has its own field."""
    return " ".join(filter(None, request.POST.getlist("reason_text")))[:300]


def work_context(
    request: PageRequest, order: Order, form: WorkForm | None = None, said: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The page for one order as `order_to_work` reads it; `form` comes back with its errors, or a fresh one is made."""
    actor = request.actor
    form = form or WorkForm(actor=actor, order=order, said=said)
    record = client_record(order)
    others = other_orders(actor, order) if record["total"] else []
    refusals = cancel_reasons()
    unknown_city = order.city_text if order.city is None and city_called(order.city_text) is None else ""
    needs_city = order.city is None or "city" in form.errors
    return _frame(request) | {
        "panel": "calls/_work.html",
        "order": order,
        "entry": getattr(order, "queue_entry", None),
        "form": form,
        "unknown_city": unknown_city,
        "token": form_token(request) if form.is_bound else uuid4().hex,
        "rows": form.rows(),
        "price_error": any(name == "price_remark" or name.startswith(("price_", "variant_")) for name in form.errors),
        "offers": open_offers(actor, form.lines) if form.may_edit else [],
        "suggested": _suggested(form) if needs_city else [],
        "may_force": actor.can(Perm.ORDERS_FORCE) and bool(form.errors.keys() & {"city", "address"}),
        "buttons": buttons(refusals),
        "reasons": refusals,
        "reason_text": reason_in_words(request),
        "choices": callback_choices(now()),
        "greetings": [(label, greeting(order, language)) for language, label in LANGUAGES],
        "record": record,
        "history": others[:HISTORY],
        "siblings": [other for other in others if other.stage in QUEUED],
        "calls": selectors.last_calls(actor, order.pk, HISTORY),
        "scripts": _scripts(form.lines),
    }


def empty_context(request: PageRequest) -> dict[str, Any]:
    """Nothing is due now."""
    counts = selectors.queue_counts(request.actor, only_own=True)
    return {"counts": counts} | _frame(request) | {"panel": "calls/_empty.html"}


def paused_context(request: PageRequest, status: str) -> dict[str, Any]:
    """The agent is on a break or away."""
    return _frame(request) | {"panel": "calls/_paused.html", "status": status}


def held_context(request: PageRequest, text: str) -> dict[str, Any]:
    """The chosen order cannot be worked now, and why."""
    return _frame(request) | {"panel": "calls/_held.html", "text": text}


def bar_context(actor: Actor) -> dict[str, Any]:
    """The line over the order: the queue, my day, the calling hours. Comes by itself after an outcome."""
    policy = selectors.call_policy()
    return {
        "counts": selectors.queue_counts(actor, only_own=True),
        "day": selectors.day_of(actor),
        "earned": _earned_today(actor),
        "policy": policy,
        "is_open_hour": is_within_hours(now(), selectors.calling_hours(policy)),
        "is_online": selectors.chosen_status(actor.user_id or 0) == Presence.Status.ONLINE,
    }


def _frame(request: PageRequest) -> dict[str, Any]:
    undo = {"undoable": undoable(request.actor)}
    # An outcome is answered with the next order alone; the rest of the page stands or follows.
    return undo if wants_partial(request) else undo | bar_context(request.actor) | {"cities": delivered_cities()}


@dataclass(frozen=True, slots=True)
class Undoable:
    """The last outcome, which a key still takes back: for so many seconds."""

    call: Call
    seconds: int


def undoable(actor: Actor) -> Undoable | None:
    """What the actor can still undo."""
    call = selectors.undoable_call(actor, int(OFFERED.total_seconds()))
    if call is None or call.before is None:
        return None
    return Undoable(call, max(1, round((call.called_at + OFFERED - now()).total_seconds())))


def _earned_today(actor: Actor) -> Decimal | None:
    """The actor's own commission of today, for those who earn one."""
    if not actor.can(Perm.COMMISSION_VIEW_OWN) or actor.can(Perm.FINANCE_VIEW):
        return None
    rows = commission_entries(actor, first=today(), last=today(), agent_id=actor.user_id)
    return rows.order_by().aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _suggested(form: WorkForm) -> list[City]:
    """The cities a person may mean: those spelt alike, or the one that the address names."""
    said = str(form["city"].value() or "").strip()
    if said:
        return [] if city_called(said) else cities_like(said)
    named = city_in_address(str(form["address"].value() or ""))
    return [named] if named else []


def _scripts(lines: list[OrderLine]) -> list[tuple[str, str]]:
    products = {line.variant.product_id: line.variant.product for line in lines}
    return [(product.name, product.call_script) for product in products.values() if product.call_script.strip()]
