from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Zone(models.Model):
    """A territorial division: by default a region of Morocco."""

    slug = models.SlugField(max_length=60, unique=True)
    name_fr = models.CharField(_("French name"), max_length=100)
    name_ar = models.CharField(_("Arabic name"), max_length=100)

    class Meta:
        ordering = ["name_fr"]

    def __str__(self) -> str:
        return self.name_ar if get_language() == "ar" else self.name_fr


class City(models.Model):
    """A town that can be delivered to."""

    slug = models.SlugField(max_length=60, unique=True)
    name_fr = models.CharField(_("French name"), max_length=100)
    name_ar = models.CharField(_("Arabic name"), max_length=100)
    zone = models.ForeignKey(Zone, verbose_name=_("Zone"), on_delete=models.PROTECT, related_name="cities")
    is_active = models.BooleanField(_("Delivered to"), default=True)

    class Meta:
        ordering = ["name_fr"]
        verbose_name_plural = "cities"

    def __str__(self) -> str:
        return str(getattr(self, self.name_field()))

    @staticmethod
    def name_field() -> str:
        """The field with the name in the reader's language."""
        return "name_ar" if get_language() == "ar" else "name_fr"


class CityAlias(models.Model):
    """Another spelling of a city, shipped or learnt from a person's choice; compared folded."""

    text_folded = models.CharField(max_length=100, unique=True)
    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="aliases")
    is_learnt = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.text_folded
