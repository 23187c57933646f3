from django.db import models
from django.utils.translation import gettext_lazy as _


class Carrier(models.Model):
    """A delivery company. What it charges stands in `finance`."""

    name = models.CharField(_("Name"), max_length=80, unique=True)
    phone = models.CharField(_("Phone"), max_length=30, blank=True)
    tracking_url = models.CharField(
        _("Tracking link"),
        max_length=200,
        blank=True,
        help_text=_("Web address with {tracking} in the place of the tracking number."),
    )
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def tracking_link(self, number: str) -> str:
        """Where the client follows the parcel; empty when the carrier has no such page."""
        return self.tracking_url.replace("{tracking}", number) if self.tracking_url and number else ""
