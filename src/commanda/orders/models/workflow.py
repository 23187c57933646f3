from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.labels import Labelled
from commanda.orders.stages import Stage


class Workflow(models.Model):
    """A graph of states for one type of order. `version` grows with every change: caches compare it."""

    name = models.CharField(_("Name"), max_length=80, unique=True)
    is_default = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("is_default", condition=models.Q(is_default=True), name="workflow_one_default")
        ]

    def __str__(self) -> str:
        return self.name


class State(Labelled):
    """A step of a workflow, bound for good to one stage."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="states")
    slug = models.SlugField(max_length=40)
    stage = models.CharField(_("Stage"), max_length=12, choices=Stage.choices)
    color = models.CharField(_("Colour"), max_length=20, default="secondary")
    position = models.PositiveSmallIntegerField(_("Position"), default=0)
    is_initial = models.BooleanField(_("First state"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta(Labelled.Meta):
        abstract = False
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("workflow", "slug", name="state_slug_unique"),
            # Target of the composite foreign key that keeps Order.stage equal to its state's stage.
            models.UniqueConstraint(fields=["id", "stage"], name="state_id_stage_unique"),
        ]


class Transition(models.Model):
    """An allowed move between two states, and the right it takes."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="transitions")
    source = models.ForeignKey(State, on_delete=models.CASCADE, related_name="moves_out")
    target = models.ForeignKey(State, on_delete=models.CASCADE, related_name="moves_in")
    permission = models.CharField(_("Right"), max_length=40, choices=Perm.choices, default=Perm.ORDERS_EDIT)
    needs_reason = models.BooleanField(_("Needs a reason"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint("source", "target", name="transition_unique")]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"


class Reason(Labelled):
    """Why an order was cancelled or returned; people choose from this list."""

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("Cancellation")
        RETURN = "return", _("Return")

    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices)
    slug = models.SlugField(max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("Position"), default=0)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta(Labelled.Meta):
        abstract = False
        ordering = ["position", "id"]
