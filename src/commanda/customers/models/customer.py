from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.customers.models.city import City
from commanda.kernel.actor import Actor


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, actor: Actor) -> "CustomerQuerySet":
        """All clients for those who see all orders; an agent sees the clients of own orders."""
        if not actor.can(Perm.CUSTOMERS_VIEW):
            return self.none()
        if actor.can(Perm.ORDERS_VIEW_ALL):
            return self
        return self.filter(orders__assignee_id=actor.user_id).distinct()


class Customer(models.Model):
    """A client, known by phone. Made and updated by orders."""

    phone_e164 = models.CharField(_("Phone"), max_length=16, unique=True)
    name = models.CharField(_("Name"), max_length=200, blank=True)
    name_folded = models.CharField(max_length=200, blank=True, editable=False)
    phone2_e164 = models.CharField(_("Second phone"), max_length=16, blank=True)
    city = models.ForeignKey(
        City, verbose_name=_("City"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    address = models.CharField(_("Address"), max_length=500, blank=True)
    note = models.TextField(_("Note"), blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_blocked = models.BooleanField(_("Blocked"), default=False)
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(_("Reason"), max_length=200, blank=True)
    # When all that tells who it was has been replaced.
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [GinIndex(fields=["name_folded"], name="customer_name_trgm", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name or self.phone_e164
