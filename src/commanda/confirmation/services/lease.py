"""Taking a client for one agent: the database decides, one row per phone."""

from datetime import datetime, timedelta
from typing import Any

from commanda.confirmation.locks import lock_former_leases
from commanda.confirmation.models import CallPolicy, Lease
from commanda.kernel.actor import Actor
from commanda.kernel.prepared import planned_cursor

# The order's phone was corrected meanwhile.
FREE = """
DELETE FROM confirmation_lease
WHERE order_id = %(order)s AND phone_e164 <> %(phone)s::varchar AND (agent_id = %(agent)s OR until <= %(at)s)
"""
TAKE = """
INSERT INTO confirmation_lease AS held (phone_e164, order_id, agent_id, until, ends_at)
SELECT %(phone)s::varchar, %(order)s, %(agent)s, %(until)s::timestamptz, %(ends)s::timestamptz
WHERE NOT EXISTS (
    SELECT FROM confirmation_lease AS other WHERE other.order_id = %(order)s AND other.phone_e164 <> %(phone)s::varchar)
ON CONFLICT (phone_e164) DO UPDATE
    SET order_id = EXCLUDED.order_id, agent_id = EXCLUDED.agent_id,
        until = EXCLUDED.until, ends_at = EXCLUDED.ends_at
    WHERE held.agent_id = EXCLUDED.agent_id OR held.until <= %(at)s
RETURNING agent_id
"""


def take_lease(actor: Actor, *, phone: str, order_id: int, at: datetime, policy: CallPolicy) -> bool:
    """Take or prolong the lease of a client for the actor; False when somebody else holds it.

    The caller holds the lock of the order. A lease the actor has on another client ends.
    """
    asked: dict[str, Any] = {
        "phone": phone,
        "order": order_id,
        "agent": actor.user_id,
        "until": at + timedelta(minutes=min(policy.lease_minutes, policy.presence_minutes)),
        "ends": at + timedelta(minutes=policy.lease_minutes),
        "at": at,
    }
    with planned_cursor() as cursor:
        cursor.execute(FREE, asked)
        cursor.execute(TAKE, asked)
        if not cursor.rowcount:
            return False
    if former := lock_former_leases(actor, beside=phone):
        Lease.objects.filter(phone_e164__in=former).delete()
    return True
