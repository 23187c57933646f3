from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Product
from commanda.finance.models.cost import FinanceQuerySet


class Expense(models.Model):
    """Money spent on a day, MAD; for one product or for the whole shop."""

    class Kind(models.TextChoices):
        SHIPPING = "shipping", _("Shipping")
        PACKAGING = "packaging", _("Packaging")
        SALARIES = "salaries", _("Salaries")
        TOOLS = "tools", _("Tools")
        RENT = "rent", _("Rent")
        OTHER = "other", _("Other")

    kind = models.CharField(_("Kind"), max_length=12, choices=Kind.choices)
    amount = models.DecimalField(_("Amount"), max_digits=12, decimal_places=2)
    spent_on = models.DateField(_("Date"), db_index=True)
    product = models.ForeignKey(
        Product, verbose_name=_("Product"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(_("Note"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_void = models.BooleanField(
        default=False, help_text=_("A void expense stays in the list and counts for nothing.")
    )
    created_at = models.DateTimeField()

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["-spent_on", "-id"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="expense_positive")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.spent_on}"
