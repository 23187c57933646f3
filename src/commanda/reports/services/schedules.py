"""Reports by e-mail: set up, changed, paused, deleted, and sent now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.kernel.transaction import unit_of_work
from commanda.reports.catalogue import get_report
from commanda.reports.jobs import queue_sending
from commanda.reports.locks import lock_schedule
from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.query import CUSTOM, read_query
from commanda.reports.selectors import possible_recipients
from commanda.reports.times import next_due

MOST_RECIPIENTS: Final = 50
WEEKDAYS: Final = range(7)
MONTH_DAYS: Final = range(1, 29)
HOURS: Final = range(24)


@dataclass(frozen=True, slots=True)
class ScheduleData:
    """What a person sets. `query` is what the report's address asks; `weekday` 0 is Monday."""

    report_slug: str
    query: Mapping[str, str] = field(default_factory=dict)
    frequency: str = ReportSchedule.Frequency.WEEKLY
    hour: int = 8
    weekday: int | None = None
    month_day: int | None = None
    file_format: str = ReportSchedule.Format.XLSX
    language: str = ""
    recipient_ids: Collection[int] = ()


def save_schedule(*, actor: Actor, data: ScheduleData, schedule_id: int | None = None) -> ReportSchedule:
    """Make a schedule, or change one; it is due at the next time that fits.

    Raises `NotFound` for a report that does not exist for the actor, `Invalid` for typed days (they would be the same
    in every mail), unknown choices and recipients.
    """
    if actor.user_id is None:
        raise NotAllowed
    fields, people = _checked(actor, data)
    with unit_of_work():
        if schedule_id is None:
            schedule = ReportSchedule(owner_id=actor.user_id, created_at=now())
        else:
            schedule = lock_schedule(actor, schedule_id)
        for name, value in fields.items():
            setattr(schedule, name, value)
        if not schedule.is_paused:
            schedule.next_at = next_due(schedule, now())
        schedule.save()
        schedule.recipients.set(people)
        _note(actor, schedule, "report.schedule_saved", {**fields, "recipients": people})
    return schedule


def _checked(actor: Actor, data: ScheduleData) -> tuple[dict[str, Any], list[int]]:
    report = get_report(actor, data.report_slug)
    query = read_query(actor, report, data.query)
    if query.span.name == CUSTOM:
        raise Invalid(
            _("Choose a period that moves, such as last week: typed days would be the same in every mail."),
            field="period",
            code="fixed_period",
        )
    frequency = data.frequency
    if frequency not in ReportSchedule.Frequency.values:
        raise Invalid(_("Choose how often."), field="frequency", code="unknown_frequency")
    if data.hour not in HOURS:
        raise Invalid(_("Choose an hour from 0 to 23."), field="hour", code="bad_hour")
    is_weekly, is_monthly = frequency == "weekly", frequency == "monthly"
    if is_weekly and data.weekday not in WEEKDAYS:
        raise Invalid(_("Choose the day of the week."), field="weekday", code="bad_weekday")
    if is_monthly and data.month_day not in MONTH_DAYS:
        raise Invalid(_("Choose a day from 1 to 28: every month has it."), field="month_day", code="bad_month_day")
    if data.file_format not in ReportSchedule.Format.values:
        raise Invalid(_("Choose XLSX, CSV or no file."), field="file_format", code="unknown_format")
    if data.language not in {"", *dict(settings.LANGUAGES)}:
        raise Invalid(_("Choose a language."), field="language", code="unknown_language")
    return {
        "report_slug": report.slug,
        "query": query.params(),
        "frequency": frequency,
        "hour": data.hour,
        "weekday": data.weekday if is_weekly else None,
        "month_day": data.month_day if is_monthly else None,
        "file_format": data.file_format,
        "language": data.language,
    }, _people(actor, data.recipient_ids)


def _people(actor: Actor, wanted: Collection[int]) -> list[int]:
    known = set(possible_recipients(actor).filter(pk__in=wanted).values_list("pk", flat=True))
    if not wanted or set(wanted) - known:
        raise Invalid(_("Choose at least one active person of the list."), field="recipients", code="no_recipient")
    if len(known) > MOST_RECIPIENTS:
        raise Invalid(_("Choose at most %(most)s people."), field="recipients", code="too_many", most=MOST_RECIPIENTS)
    return sorted(known)


def pause_schedule(*, actor: Actor, schedule_id: int, is_paused: bool) -> ReportSchedule:
    """Stop a schedule for a while, or let it go on: it is then due at its next time, and makes up for nothing."""
    with unit_of_work():
        schedule = lock_schedule(actor, schedule_id)
        if schedule.is_paused != is_paused:
            schedule.is_paused = is_paused
            schedule.next_at = None if is_paused else next_due(schedule, now())
            schedule.save(update_fields=["is_paused", "next_at"])
            _note(actor, schedule, "report.schedule_paused" if is_paused else "report.schedule_resumed", {})
    return schedule


def delete_schedule(*, actor: Actor, schedule_id: int) -> None:
    """Delete a schedule with its history of sendings; what still waited is not sent."""
    with unit_of_work():
        schedule = lock_schedule(actor, schedule_id)
        _note(actor, schedule, "report.schedule_deleted", {"report": schedule.report_slug})
        schedule.delete()


def send_now(*, actor: Actor, schedule_id: int) -> ReportSending:
    """Send the report of a schedule to the actor alone, as soon as a worker is free."""
    if actor.user_id is None:
        raise NotAllowed
    with unit_of_work():
        schedule = lock_schedule(actor, schedule_id)
        moment = now()
        sending, _is_new = ReportSending.objects.get_or_create(
            schedule=schedule, user_id=actor.user_id, due_at=moment, defaults={"is_asked": True, "next_at": moment}
        )
        _note(actor, schedule, "report.asked", {})
        queue_sending(sending.pk)
    return sending


def _note(actor: Actor, schedule: ReportSchedule, name: str, changes: Mapping[str, Any]) -> None:
    record(actor=actor, name=name, subject="report.schedule", subject_id=schedule.pk, changes=dict(changes))
