"""Give orders to agents."""

from collections.abc import Mapping, Sequence

from django.db import connection
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.audit.services import record_many
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_orders

ASSIGN = """
UPDATE orders_order SET assignee_id = given.agent_id, assigned_at = %s, updated_at = %s
FROM unnest(%s::bigint[], %s::bigint[]) AS given (order_id, agent_id)
WHERE orders_order.id = given.order_id
"""


def assign_orders(*, actor: Actor, order_ids: Sequence[int], agent_id: int | None) -> list[int]:
    """Give orders to an agent, or to nobody; returns the ids of those that changed hands.

    The former agent loses sight of them at once. Raises `Invalid` for somebody who cannot work orders.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    if (
        agent_id is not None
        and not User.objects.active().with_permission(Perm.ORDERS_VIEW).filter(pk=agent_id).exists()
    ):
        raise Invalid(_("This person cannot work orders. Choose an active agent."), field="agent", code="not_an_agent")
    return spread_orders(actor=actor, given=dict.fromkeys(order_ids, agent_id))


def spread_orders(
    *, actor: Actor, given: Mapping[int, int | None], facts: Mapping[int, Mapping[str, str]] | None = None
) -> list[int]:
    """Write who gets which order; the caller has checked the agents. Locks the orders.

    `facts`: order → what its audit row says besides, such as the rule that decided.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    with unit_of_work():
        changed = [order for order in lock_orders(actor, list(given)) if order.assignee_id != given[order.pk]]
        if not changed:
            return []
        ids = [order.pk for order in changed]
        at = now()
        with connection.cursor() as cursor:
            cursor.execute(ASSIGN, [at, at, ids, [given[pk] for pk in ids]])
        record_many(
            actor=actor,
            name="order.assigned",
            subject="order",
            entries=[
                (order.pk, {"assignee": [order.assignee_id, given[order.pk]], **(facts or {}).get(order.pk, {})})
                for order in changed
            ],
        )
    return ids
