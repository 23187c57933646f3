from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, actor: Actor) -> "SavedViewQuerySet":
        """Own views and shared ones."""
        return self.filter(Q(owner_id=actor.user_id) | Q(is_shared=True))


class SavedView(models.Model):
    """Filters and columns of the orders list under a name; a shared one is a tab for everybody."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(_("Name"), max_length=40)
    is_shared = models.BooleanField(_("For everybody"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    # The list's address as it is after the question mark, without the place in the pages.
    query = models.CharField(max_length=2000, blank=True)
    # Slugs in their order; none: the columns the person has chosen, else the usual ones.
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint("owner", "name", name="saved_view_name")]

    def __str__(self) -> str:
        return self.name


class ListSettings(models.Model):
    """How one person likes the orders list."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+")
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    is_dense = models.BooleanField(default=False)
    # The view that /orders/ opens with; the slug of a shipped one or the id of a saved one.
    start_view = models.CharField(max_length=30, blank=True)

    def __str__(self) -> str:
        return str(self.user_id)


class OrderCount(models.Model):
    """How many orders stand in a state and belong to somebody, and their totals: the sum of the rows of each pair.

    Kept by triggers of the orders table, which only add rows: counting must not make confirmations wait for each
    other. The worker folds the rows together (`orders.services.counts`).
    """

    state_id = models.BigIntegerField()
    assignee_id = models.BigIntegerField(null=True)
    qty = models.BigIntegerField()
    amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), db_default=Decimal(0))

    def __str__(self) -> str:
        return f"{self.state_id}: {self.qty:+}"
