"""Tell a client by e-mail that the order is in."""

from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work
from commanda.orders.confirmation_mail import confirmation_mail
from commanda.orders.locks import lock_billing


def send_confirmation(*, actor: Actor, order_id: int) -> bool:
    """Send the confirmation once; False when it was sent before or there is no address.

    Locks the billing row while the mail is handed over, so that two workers cannot both send it. When the mail
    server refuses, its error goes through, nothing is noted, and the job tries again later.
    """
    with unit_of_work():
        billing = lock_billing(order_id)
        if billing is None or not billing.email or billing.emailed_at is not None:
            return False
        billing.emailed_at = now()
        billing.save(update_fields=["emailed_at"])
        # Without the address: not everybody who sees the order's history may see its client.
        record(actor=actor, name="order.emailed", subject="order", subject_id=order_id)
        confirmation_mail(billing.order, billing).send()
    return True
