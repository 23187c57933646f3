"""Taking a client for one agent: the database decides, one row per phone."""

from datetime import datetime, timedelta

from django.db import connection

from commanda.confirmation.locks import lock_former_leases
from commanda.confirmation.models import CallPolicy, Lease
from commanda.confirmation.selectors import live_leases
from commanda.kernel.actor import Actor

TAKE = """
INSERT INTO confirmation_lease AS held (phone_e164, order_id, agent_id, until, ends_at)
VALUES (%(phone)s, %(order)s, %(agent)s, %(until)s, %(ends)s)
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
    elsewhere = Lease.objects.filter(order_id=order_id).exclude(phone_e164=phone)
    if live_leases(at).exclude(agent_id=actor.user_id).filter(order_id=order_id).exclude(phone_e164=phone).exists():
        return False
    elsewhere.delete()  # The order's phone was corrected meanwhile.
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "phone": phone,
                "order": order_id,
                "agent": actor.user_id,
                "until": at + timedelta(minutes=min(policy.lease_minutes, policy.presence_minutes)),
                "ends": at + timedelta(minutes=policy.lease_minutes),
                "at": at,
            },
        )
        if not cursor.rowcount:
            return False
    Lease.objects.filter(phone_e164__in=lock_former_leases(actor, beside=phone)).delete()
    return True
