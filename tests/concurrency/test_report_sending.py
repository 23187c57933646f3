"""Workers that send reports side by side: nobody is sent one twice, with the locks; without them, they are."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from commanda.kernel.clock import now
from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.services import claim_due as claiming
from commanda.reports.services import send as sending_service
from commanda.reports.services.claim_due import claim_due_schedules
from commanda.reports.services.schedules import ScheduleData, save_schedule
from commanda.reports.services.send import send
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 2
PATIENCE = 20


def due_schedule():
    admin = make_user("admin")
    data = ScheduleData("agents", {"period": "last_week"}, weekday=0, recipient_ids=[admin.pk])
    schedule = save_schedule(actor=admin.as_actor(), data=data)
    ReportSchedule.objects.update(next_at=now() - timedelta(minutes=1))
    return schedule


def together(act):
    """`act` in two workers at once; what each returned."""
    barrier = Barrier(WORKERS)

    def work(_number):
        try:
            barrier.wait(PATIENCE)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, range(WORKERS)))


@pytest.fixture
def slow_mail(monkeypatch):
    """Both workers stand in the door before either mail is gone, if they get so far."""
    door, sent = Barrier(WORKERS), []

    def hand_over(message):
        with suppress(BrokenBarrierError):  # the other one was kept out
            door.wait(3)
        sent.append(message)

    monkeypatch.setattr(EmailMultiAlternatives, "send", hand_over)
    return sent


def test_schedule_is_claimed_once_when_two_workers_look_at_the_same_minute():
    due_schedule()
    assert sorted(together(claim_due_schedules)) == [0, 1]
    assert ReportSending.objects.count() == 1


def test_schedule_is_claimed_once_even_without_the_lock_when_the_database_refuses(monkeypatch):
    """The second guard: one sending for each person and time."""
    due_schedule()
    monkeypatch.setattr(
        claiming, "lock_due_schedules", lambda moment: list(ReportSchedule.objects.filter(next_at__lte=moment))
    )
    together(claim_due_schedules)
    assert ReportSending.objects.count() == 1


def test_mail_is_sent_once_when_two_workers_have_the_same_job(slow_mail):
    due_schedule()
    claim_due_schedules()
    pk = ReportSending.objects.get().pk
    assert sorted(together(lambda: send(sending_id=pk))) == ["", "sent"]
    assert len(slow_mail) == 1
    assert not mail.outbox


def test_mail_is_sent_twice_when_the_lock_is_off(slow_mail, monkeypatch):
    """Shows that the test above can fail."""
    due_schedule()
    claim_due_schedules()
    pk = ReportSending.objects.get().pk
    rows = ReportSending.objects.select_related("schedule", "user__role")
    monkeypatch.setattr(sending_service, "lock_sending", lambda sending_id: rows.filter(pk=sending_id).first())
    together(lambda: send(sending_id=pk))
    assert len(slow_mail) == 2
