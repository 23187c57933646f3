from django.db.models import Value
from django.db.models.functions import Coalesce

from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.orders.models import Order


def note_contact(*, actor: Actor, order_id: int) -> None:
    """Stamp the first contact with the client; later ones change nothing. Called with the call's log entry."""
    Order.objects.filter(pk=order_id).update(contacted_at=Coalesce("contacted_at", Value(now())))
