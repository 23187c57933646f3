"""Assignments that the queue makes by rule, whatever the acting person may assign by hand."""

from collections.abc import Mapping

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.orders.services.assign import spread_orders


def give(
    actor: Actor, given: Mapping[int, int | None], facts: Mapping[int, Mapping[str, str]] | None = None
) -> list[int]:
    """Write who gets which order, in the actor's name; returns the ids of those that changed hands.

    `facts`: order → what its audit row says besides.
    """
    return spread_orders(actor=by_rule(actor), given=given, facts=facts)


def by_rule(actor: Actor) -> Actor:
    """The acting person with the queue's own reach: every order, and the right to give it to somebody."""
    # Built anew, not by `replace`: a page's actor is a lazy stand-in, which dataclasses do not know.
    return Actor(
        user_id=actor.user_id,
        name=actor.name,
        role_slug=actor.role_slug,
        permissions=actor.permissions | {Perm.ORDERS_ASSIGN.value, Perm.ORDERS_VIEW_ALL.value},
        source=actor.source,
        request_id=actor.request_id,
        is_system=actor.is_system,
    )
