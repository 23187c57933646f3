from django.db import models

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.orders.models.order import Order
from commanda.orders.models.workflow import State


class StateEntryQuerySet(models.QuerySet["StateEntry"]):
    def visible_to(self, actor: Actor) -> "StateEntryQuerySet":
        """Those of the orders the actor may see."""
        if actor.can(Perm.ORDERS_VIEW_ALL):
            return self
        return self.filter(order__in=Order.objects.visible_to(actor))


class StateEntry(models.Model):
    """When an order first came into a state, and what it was worth then, MAD.

    One row for each state that an order has been in; written by triggers of the orders table, once a statement. So
    numbers of several periods add up, and each of them is a number of orders.
    """

    # The rows come from the orders themselves: checking the keys once more would cost each new order two look-ups.
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    state = models.ForeignKey(State, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    objects = StateEntryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "state"], name="state_entry_first")]
        # All that the statistics ask stands in the index.
        indexes = [models.Index(fields=["state", "at"], name="state_entry_when", include=["order", "amount"])]
        verbose_name_plural = "state entries"

    def __str__(self) -> str:
        return f"{self.order_id} → {self.state_id}"
