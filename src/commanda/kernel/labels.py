"""Labels of data that an admin edits, in the three languages."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Labelled(models.Model):
    """Adds `label_fr`, `label_ar`, `label_en`; `label` is the one for the language in force, French if empty."""

    label_fr = models.CharField(_("French label"), max_length=80)
    label_ar = models.CharField(_("Arabic label"), max_length=80, blank=True)
    label_en = models.CharField(_("English label"), max_length=80, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        text: str = getattr(self, f"label_{get_language()}", "")
        return text or self.label_fr
