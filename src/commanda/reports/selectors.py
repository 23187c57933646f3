"""Reading schedules and what became of their mails."""

from django.db.models import Prefetch, QuerySet

from commanda.accounts.models import User
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import NotFound
from commanda.reports.models import ReportSchedule, ReportSending


def schedules(actor: Actor) -> QuerySet[ReportSchedule]:
    """The schedules that the actor may see, with their people."""
    people = Prefetch("recipients", User.objects.order_by("name"), to_attr="people")
    return ReportSchedule.objects.visible_to(actor).select_related("owner").prefetch_related(people).order_by("-pk")


def get_schedule(actor: Actor, schedule_id: int) -> ReportSchedule:
    """One of them. Raises `NotFound`."""
    schedule = schedules(actor).filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound
    return schedule


def sendings(actor: Actor) -> QuerySet[ReportSending]:
    """What was sent, or not, by the schedules that the actor may see; the latest first."""
    return ReportSending.objects.visible_to(actor).select_related("user", "schedule")


def last_sendings(actor: Actor, schedule_ids: list[int]) -> dict[int, ReportSending]:
    """Schedule id → its latest sending; one query."""
    rows = sendings(actor).filter(schedule_id__in=schedule_ids).order_by("schedule_id", "-pk").distinct("schedule_id")
    return {row.schedule_id: row for row in rows}


def possible_recipients(actor: Actor) -> QuerySet[User]:
    """The active people to whom the actor may have reports sent."""
    return User.objects.visible_to(actor).active().select_related("role").order_by("name")


def due_sendings() -> list[int]:
    """The mails whose time has come."""
    return list(ReportSending.objects.filter(next_at__lte=now()).order_by("pk").values_list("pk", flat=True))
