from django.db import models
from django.utils.translation import gettext_lazy as _


class Platform(models.Model):
    """Where ads run. Orders carry the slug of the platform that brought them."""

    slug = models.SlugField(max_length=30, unique=True)
    name = models.CharField(_("Name"), max_length=60)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
