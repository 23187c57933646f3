"""The steps of the entry wizard and the fields that each can ask for. A pure catalogue: order types choose from it.

The first step opens the wizard, the overview always closes it; customer and items can be moved but not left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_lazy as _


class Step(StrEnum):
    GENERAL = "general"
    CUSTOMER = "customer"
    ITEMS = "items"
    PAYMENT = "payment"
    OVERVIEW = "overview"


class Mode(StrEnum):
    """Whether a field is asked for."""

    HIDDEN = "hidden"
    SHOWN = "shown"
    REQUIRED = "required"


LABELS: Final[dict[Step, Any]] = {
    Step.GENERAL: _("General"),
    Step.CUSTOMER: _("Customer"),
    Step.ITEMS: _("Items"),
    Step.PAYMENT: _("Payment"),
    Step.OVERVIEW: _("Overview"),
}
MODE_LABELS: Final[dict[Mode, Any]] = {
    Mode.HIDDEN: _("Left out"),
    Mode.SHOWN: _("Optional"),
    Mode.REQUIRED: _("Required"),
}
# step → field → label, in the order on the page.
FIELDS: Final[dict[Step, dict[str, Any]]] = {
    Step.GENERAL: {
        "store": _("Store"),
        "channel": _("How it came"),
        "campaign": _("Campaign"),
        "promised_on": _("Promised for"),
        "tags": _("Tags"),
    },
    Step.CUSTOMER: {
        "phone_e164": _("Phone"),
        "customer_name": _("Client"),
        "company_name": _("Company"),
        "ice": _("ICE"),
        "contact_name": _("Contact person"),
        "purchase_reference": _("Purchase reference"),
        "phone2_e164": _("Second phone"),
        "email": _("E-mail"),
        "city": _("City"),
        "address": _("Address"),
    },
    Step.ITEMS: {
        "lines": _("Products"),
        "price_remark": _("Why the price differs"),
    },
    Step.PAYMENT: {
        "payment_method": _("Payment method"),
        "delivery_amount": _("Delivery charged"),
        "discount_amount": _("Discount"),
        "proof": _("Proof of payment"),
        "note": _("Note"),
    },
}
# Without these there is no order; a type cannot leave them out.
ALWAYS: Final = frozenset({"phone_e164", "lines"})
# A remark is asked for exactly when a price differs, so "required" would say nothing.
NEVER_REQUIRED: Final = frozenset({"price_remark"})
NEEDED: Final = (Step.CUSTOMER, Step.ITEMS)


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step of a type: which fields it shows, and which of them must be filled."""

    step: Step
    modes: Mapping[str, Mode]

    @property
    def shown(self) -> list[str]:
        return [name for name in FIELDS.get(self.step, {}) if self.modes[name] is not Mode.HIDDEN]

    def is_required(self, name: str) -> bool:
        return self.modes.get(name) is Mode.REQUIRED

    def as_json(self) -> dict[str, Any]:
        return {"step": self.step.value, "fields": {name: mode.value for name, mode in self.modes.items()}}


def read_plan(rows: Iterable[Any]) -> list[StepPlan]:
    """A type's steps from their JSON, mended: unknown ones and doubles go, needed ones and the overview are there."""
    plans: dict[Step, StepPlan] = {}
    for row in rows:
        if not isinstance(row, dict) or row.get("step") not in set(Step) - {Step.OVERVIEW}:
            continue
        step = Step(row["step"])
        told = row.get("fields")
        plans.setdefault(step, StepPlan(step, _modes(step, told if isinstance(told, dict) else {})))
    for step in NEEDED:
        plans.setdefault(step, StepPlan(step, _modes(step, {})))
    return [*plans.values(), StepPlan(Step.OVERVIEW, {})]


def _modes(step: Step, told: Mapping[str, Any]) -> dict[str, Mode]:
    modes = {}
    for name in FIELDS[step]:
        mode = Mode(told[name]) if told.get(name) in set(Mode) else Mode.HIDDEN
        if name in ALWAYS:
            mode = Mode.REQUIRED
        elif name in NEVER_REQUIRED and mode is Mode.REQUIRED:
            mode = Mode.SHOWN
        modes[name] = mode
    return modes
