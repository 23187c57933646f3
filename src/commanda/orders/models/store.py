from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Store(models.Model):
    """A brand under which orders are sold."""

    name = models.CharField(_("Name"), max_length=80, unique=True)
    prefix = models.CharField(
        _("Reference prefix"),
        max_length=4,
        default="CM",
        validators=[RegexValidator(r"^[A-Z]{1,4}$", _("One to four capital letters."))],
    )
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
