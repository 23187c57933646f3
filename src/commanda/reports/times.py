"""When a schedule is due next, in Moroccan hours."""

from datetime import date, datetime, time, timedelta
from typing import Final

from commanda.kernel.clock import CASABLANCA
from commanda.reports.models import ReportSchedule

_MONTH: Final = 31


def next_due(schedule: ReportSchedule, after: datetime) -> datetime:
    """The first time after `after`. A time that was missed is not made up for: the next one is sent."""
    day = after.astimezone(CASABLANCA).date()
    for place in range(_MONTH + 2):
        found = _at(day + timedelta(days=place), schedule.hour)
        if found > after and _is_its_day(schedule, day + timedelta(days=place)):
            return found
    raise ValueError(f"schedule {schedule.pk} has no day")  # the database's CHECK lets none such be


def _is_its_day(schedule: ReportSchedule, day: date) -> bool:
    if schedule.frequency == ReportSchedule.Frequency.WEEKLY:
        return day.weekday() == schedule.weekday
    if schedule.frequency == ReportSchedule.Frequency.MONTHLY:
        return day.day == schedule.month_day
    return True


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=CASABLANCA)
