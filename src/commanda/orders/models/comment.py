from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.orders.models.order import Order


class OrderComment(models.Model):
    """An internal note on an order. Never changed; a correction is another comment."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("Comment"), max_length=4000)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:60]
