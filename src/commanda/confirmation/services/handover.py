"""Assignments that the queue makes by rule, whatever the acting person may assign by hand."""

from collections.abc import Mapping
from dataclasses import replace

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.orders.services.assign import spread_orders


def give(actor: Actor, given: Mapping[int, int | None]) -> list[int]:
    """Write who gets which order, in the actor's name; returns the ids of those that changed hands."""
    by_rule = replace(actor, permissions=actor.permissions | {Perm.ORDERS_ASSIGN.value, Perm.ORDERS_VIEW_ALL.value})
    return spread_orders(actor=by_rule, given=given)
