"""The only place that locks clients."""

from commanda.customers.models import Customer
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound


def lock_customer(actor: Actor, customer_id: int) -> Customer:
    """Lock one client until the transaction ends. Raises `NotFound` when the actor may not see them."""
    mine = Customer.objects.visible_to(actor).filter(pk=customer_id).order_by().values("pk")
    customer = Customer.objects.select_for_update(no_key=True).filter(pk__in=mine).first()
    if customer is None:
        raise NotFound
    return customer
