from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.intake.models.source import Source
from commanda.intake.models.upload import UploadedSheet
from commanda.kernel.actor import Actor


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, actor: Actor) -> "ImportRunQuerySet":
        return self if actor.can(Perm.INTAKE_MANAGE) else self.none()


class ImportRun(models.Model):
    """One reading of a source and what came of each row."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting for the worker")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Trigger(models.TextChoices):
        POLL = "poll", _("By itself")
        MANUAL = "manual", _("Run now")
        UPLOAD = "upload", _("Upload")
        PASTE = "paste", _("Pasted cells")
        HOOK = "hook", _("Web hook")
        CLI = "cli", _("Command line")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs", db_index=False)
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    file_name = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    # The file and the mapping looked at, while the run may still have to begin or to go on.
    upload = models.ForeignKey(UploadedSheet, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")
    mapping = models.JSONField(null=True, blank=True)
    # What the rows of a file are known by, should it come again; see `services.known_file`.
    content = models.CharField(max_length=64, blank=True, db_default="")
    # A person asked to stop: the run ends after the chunk under way, what was taken in stays.
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # Rows, not orders: read = new + changed + unchanged + rejected once done. `done_qty` of them are committed.
    done_qty = models.PositiveIntegerField(default=0)
    read_qty = models.PositiveIntegerField(default=0)
    new_qty = models.PositiveIntegerField(default=0)
    changed_qty = models.PositiveIntegerField(default=0)
    unchanged_qty = models.PositiveIntegerField(default=0)
    rejected_qty = models.PositiveIntegerField(default=0)
    # Orders made of the new rows, and how many of them somebody should look at.
    order_qty = models.PositiveIntegerField(default=0)
    duplicate_qty = models.PositiveIntegerField(default=0)
    blocked_qty = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_params = models.JSONField(default=dict, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["source", "-id"], name="import_run_source")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Still waiting for the worker, or under way."""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}
