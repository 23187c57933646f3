"""Which fields are sensitive, and who may see them.

Cost and profit live only in `finance`. Every model of the project is classified here by its app's
`policies.py`; a test proves that none is forgotten, and that a field with a telling name
(cost, profit, margin, secret …) is not left public.
"""

from enum import StrEnum
from typing import Any

from commanda.kernel.actor import Actor


class FieldClass(StrEnum):
    """How sensitive a value is."""

    PUBLIC = "public"  # anyone who may see the row
    PERSONAL = "personal"  # a client's name, phone, address
    COST = "cost"  # cost of goods, profit, expenses, everybody's commission
    OWN_COMMISSION = "own_commission"  # an agent's own commission
    AD_SPEND = "ad_spend"
    SECRET = "secret"  # noqa: S105  passwords, keys, tokens: nobody


class RowScope(StrEnum):
    """How the rows of a model are limited."""

    SCOPED = "scoped"  # has `visible_to(actor)`
    PARENT = "parent"  # reached only through a scoped parent
    REFERENCE = "reference"  # the same for everyone (cities, states …)
    INTERNAL = "internal"  # never leaves the services


PERMISSION_FOR = {
    FieldClass.PERSONAL: "customers.view",
    FieldClass.COST: "finance.view",
    FieldClass.OWN_COMMISSION: "commission.view_own",
    FieldClass.AD_SPEND: "ads.enter",
}

MODELS: dict[str, RowScope] = {}
FIELDS: dict[str, FieldClass] = {}


def classify(model: str, scope: RowScope, **fields: FieldClass) -> None:
    """Register a model (`app.Model`) with its row scope and its sensitive fields."""
    MODELS[model] = scope
    for name, field_class in fields.items():
        FIELDS[f"{model}.{name}"] = field_class


def may_see(actor: Actor, field_class: FieldClass) -> bool:
    """Whether the actor may see values of this class at all."""
    if field_class is FieldClass.PUBLIC:
        return True
    if field_class is FieldClass.SECRET:
        return False
    return actor.can(PERMISSION_FOR[field_class])


def visible_changes(actor: Actor, model: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The part of an audit row's `changes` on `model` (`app.Model`) that the actor may see."""
    return {
        name: change
        for name, change in changes.items()
        if may_see(actor, FIELDS.get(f"{model}.{name}", FieldClass.PUBLIC))
    }
