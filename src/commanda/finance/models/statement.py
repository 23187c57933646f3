from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.finance.models.commission import CommissionEntry
from commanda.kernel.actor import Actor


class CommissionStatementQuerySet(models.QuerySet["CommissionStatement"]):
    def visible_to(self, actor: Actor) -> "CommissionStatementQuerySet":
        """All for finance; for an agent the own ones that somebody has approved."""
        if actor.can(Perm.FINANCE_VIEW):
            return self
        if actor.can(Perm.COMMISSION_VIEW_OWN):
            return self.filter(agent_id=actor.user_id).exclude(state=CommissionStatement.State.DRAFT)
        return self.none()


class CommissionStatement(models.Model):
    """What an agent is paid for a span of days: entries of the ledger that stand on no other statement.

    Draft → approved → paid. The database refuses to change what is approved (but to pay it or to take the approval
    back) and anything that is paid; see `commanda_guard_statement` in the migration.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        PAID = "paid", _("Paid")

    class Method(models.TextChoices):
        BANK = "bank", _("Bank transfer")
        CASH = "cash", _("Cash")
        OTHER = "other", _("Other")

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("Agent"), db_index=False
    )
    first_on = models.DateField(_("From"))
    last_on = models.DateField(_("Until"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    # Sum of the entries, less than nothing when more was taken back than earned.
    total_amount = models.DecimalField(_("Total"), max_digits=10, decimal_places=2, default=Decimal(0))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(null=True)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    paid_at = models.DateTimeField(null=True)
    paid_on = models.DateField(_("Paid on"), null=True)
    method = models.CharField(_("Paid by"), max_length=5, choices=Method.choices, blank=True)
    payment_reference = models.CharField(_("Payment reference"), max_length=80, blank=True)

    objects = CommissionStatementQuerySet.as_manager()

    class Meta:
        ordering = ["-last_on", "-id"]
        indexes = [
            models.Index(fields=["agent", "-last_on", "-id"], name="statement_agent"),
            models.Index(fields=["-last_on", "-id"], name="statement_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["agent"], condition=Q(state="draft"), name="statement_one_draft"),
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="statement_days"),
            models.CheckConstraint(
                condition=Q(state="draft", approved_at=None, paid_at=None, paid_on=None, method="")
                | Q(state="approved", approved_at__isnull=False, paid_at=None, paid_on=None, method="")
                | (
                    Q(state="paid", approved_at__isnull=False, paid_at__isnull=False, paid_on__isnull=False)
                    & ~Q(method="")
                ),
                name="statement_steps",
            ),
            models.CheckConstraint(condition=Q(state="draft") | Q(total_amount__gte=0), name="statement_pays_no_debt"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it."""
        return f"RC-{self.pk:05d}"


class StatementEntry(models.Model):
    """That an entry stands on a statement; on one at most."""

    entry = models.OneToOneField(
        CommissionEntry, primary_key=True, on_delete=models.PROTECT, related_name="statement_entry"
    )
    statement = models.ForeignKey(CommissionStatement, on_delete=models.PROTECT, related_name="rows")

    class Meta:
        verbose_name_plural = "statement entries"

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.entry_id}"
