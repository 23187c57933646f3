from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ExchangeRate(models.Model):
    """How many dirhams one unit of a currency is worth from a day on, until the next rate."""

    currency = models.CharField(_("Currency"), max_length=3)
    valid_from_on = models.DateField(_("From"))
    rate = models.DecimalField(_("MAD for one unit"), max_digits=10, decimal_places=6)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["currency", "-valid_from_on"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from_on"], name="ad_rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0) & ~Q(currency="MAD"), name="ad_rate_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_from_on}"
