from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StockDocument(models.Model):
    """What a person did to the stock in one go: a receipt, a count, an adjustment. Its movements are its lines."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        COUNT = "count", _("Count")
        ADJUSTMENT = "adjustment", _("Adjustment")

    kind = models.CharField(_("Kind"), max_length=12, choices=Kind.choices)
    supplier = models.CharField(_("Supplier"), max_length=120, blank=True)
    reference = models.CharField(_("Reference"), max_length=60, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}".strip()
