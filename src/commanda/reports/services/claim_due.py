"""Turn schedules that are due into mails to send."""

from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work
from commanda.reports.locks import lock_due_schedules
from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.times import next_due


def claim_due_schedules() -> int:
    """Write one waiting sending for each recipient of each due schedule, and set the schedules' next times.

    Returns how many were written. Two workers never both take a schedule: its row is locked, and has another time
    when the lock is free again. Set-based: four statements.
    """
    moment = now()
    with unit_of_work():
        due = lock_due_schedules(moment)
        by_id = {schedule.pk: schedule for schedule in due}
        links = ReportSchedule.recipients.through.objects.filter(reportschedule_id__in=list(by_id))
        people = links.values_list("reportschedule_id", "user_id").order_by("pk")
        waiting = [
            ReportSending(
                schedule_id=schedule_id, user_id=user_id, due_at=by_id[schedule_id].next_at or moment, next_at=moment
            )
            for schedule_id, user_id in people
        ]
        made = ReportSending.objects.bulk_create(waiting, ignore_conflicts=True)
        for schedule in due:
            schedule.next_at = next_due(schedule, moment)
        if due:
            ReportSchedule.objects.bulk_update(due, ["next_at"])
    return len(made)
