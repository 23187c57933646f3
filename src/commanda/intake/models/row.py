from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.intake.models.run import ImportRun
from commanda.intake.models.source import Source
from commanda.kernel.actor import Actor
from commanda.orders.models import Order


class StagedRowQuerySet(models.QuerySet["StagedRow"]):
    def visible_to(self, actor: Actor) -> "StagedRowQuerySet":
        return self if actor.can(Perm.INTAKE_MANAGE) else self.none()


class StagedRow(models.Model):
    """A row as it was read, kept for good: imported into an order, waiting with its reasons, or set aside.

    A row that waited and then went out of its sheet is `gone`; when it comes back it waits again. One whose client's
    data were erased has no cells any more, and brings nothing back when its sheet still has it.

    `(source, key)` is its identity: a second reading finds it again wherever it stands in the sheet.
    """

    class Status(models.TextChoices):
        IMPORTED = "imported", _("Imported")
        REJECTED = "rejected", _("To mend")
        IGNORED = "ignored", _("Set aside")
        GONE = "gone", _("No longer in the sheet")
        ERASED = "erased", _("Erased")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="rows", db_index=False)
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    row_number = models.PositiveIntegerField(default=0)
    # {"rows": [{"number": 12, "cells": {field: text}, "other": {header: text}}, …]}: complete, nothing is cut.
    cells = models.JSONField(default=dict)
    # {"0": {field: text}} by place in `rows`: what a person typed in the inbox; wins over the cells.
    corrections = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    # [{"row": 0, "field": …, "code": …, "params": …, "suggestions": […]}, …], as `intake.problems.Problem`.
    problems = models.JSONField(default=list, blank=True)
    # Imported, but a person should decide something: an unknown city, a change that could not be applied.
    needs_look = models.BooleanField(default=False)
    ignored_reason = models.CharField(max_length=200, blank=True)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="staged_rows")
    last_run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StagedRowQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("source", "key", name="staged_row_identity")]
        indexes = [
            models.Index(fields=["source", "-id"], name="staged_row_inbox", condition=Q(status="rejected")),
            models.Index(fields=["-id"], name="staged_row_waiting", condition=Q(status="rejected")),
            models.Index(fields=["-id"], name="staged_row_to_look", condition=Q(needs_look=True)),
            models.Index(
                fields=["status", "-id"], name="staged_row_aside", condition=Q(status__in=["ignored", "gone"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}:{self.key}"
