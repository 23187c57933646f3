"""The only place that locks schedules and sendings."""

from datetime import datetime

from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.reports.models import ReportSchedule, ReportSending


def lock_schedule(actor: Actor, schedule_id: int) -> ReportSchedule:
    """Lock one schedule until the transaction ends. Raises `NotFound` when it is gone or not the actor's to see."""
    rows = ReportSchedule.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    schedule = rows.filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound
    return schedule


def lock_due_schedules(moment: datetime) -> list[ReportSchedule]:
    """Lock the schedules that are due, but for those that another worker has just taken."""
    rows = ReportSchedule.objects.filter(next_at__lte=moment).order_by("pk")
    return list(rows.select_for_update(skip_locked=True, no_key=True, of=("self",)))


def lock_sending(sending_id: int) -> ReportSending | None:
    """Lock one sending; None when it is gone or another worker has it in hand."""
    rows = ReportSending.objects.filter(pk=sending_id).select_related("schedule", "user__role")
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
