from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.finance.models.cost import FinanceQuerySet
from commanda.kernel.actor import Actor
from commanda.orders.models import Order


class CommissionPlan(models.Model):
    """What an agent earns per delivered order from a day on, MAD. The latest valid plan counts."""

    name = models.CharField(_("Name"), max_length=80)
    delivered_amount = models.DecimalField(_("Per delivered order"), max_digits=8, decimal_places=2)
    valid_from_on = models.DateField(_("Valid from"), unique=True)

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from_on"]
        constraints = [
            models.CheckConstraint(condition=Q(delivered_amount__gte=0), name="commission_plan_not_negative")
        ]

    def __str__(self) -> str:
        return self.name


class CommissionEntryQuerySet(models.QuerySet["CommissionEntry"]):
    def visible_to(self, actor: Actor) -> "CommissionEntryQuerySet":
        """All for finance, own ones for an agent."""
        if actor.can(Perm.FINANCE_VIEW):
            return self
        if actor.can(Perm.COMMISSION_VIEW_OWN):
            return self.filter(agent_id=actor.user_id)
        return self.none()


class CommissionEntry(models.Model):
    """Commission earned (positive) or reversed (negative), MAD. Append-only; a return writes a reversal."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="commissions")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="commissions", db_index=False
    )
    plan = models.ForeignKey(CommissionPlan, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(_("Amount"), max_digits=8, decimal_places=2)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    made_at = models.DateTimeField()

    objects = CommissionEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["agent", "made_at"], name="commission_agent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gte=0) | Q(reverses__isnull=False, amount__lte=0),
                name="commission_sign",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.amount}"
