"""Reports by e-mail: when they are due, what each one gets, and what is noted when they do not get it."""

import csv
import smtplib
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from python_calamine import CalamineWorkbook

from commanda.accounts.models import Role
from commanda.audit.models import Event
from commanda.insights.kept import TOLD_FROM
from commanda.insights.models import RowChange
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import CommandaError, Invalid, NotFound
from commanda.kernel.export import BOM
from commanda.reports import tasks
from commanda.reports.catalogue import REPORTS
from commanda.reports.failures import TEXTS, text_of
from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.selectors import due_sendings
from commanda.reports.services.claim_due import claim_due_schedules
from commanda.reports.services.schedules import (
    ScheduleData,
    delete_schedule,
    pause_schedule,
    save_schedule,
    send_now,
)
from commanda.reports.services.send import MOST_ATTEMPTS, send
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
# A Wednesday, half past nine in Casablanca.
WEDNESDAY = datetime(2026, 6, 10, 8, 30, tzinfo=UTC)


@pytest.fixture
def admin():
    return make_user("admin", language="fr")


def scheduled(owner, *people, **more):
    data = {"report_slug": "agents", "query": {"period": "last_week"}, "weekday": 0, **more}
    return save_schedule(
        actor=owner.as_actor(), data=ScheduleData(recipient_ids=[person.pk for person in people or [owner]], **data)
    )


def send_all():
    return [send(sending_id=pk) for pk in due_sendings()]


@pytest.mark.parametrize(
    ("settings", "due"),
    [
        ({"frequency": "daily", "hour": 8}, "2026-06-11 07:00"),
        ({"frequency": "daily", "hour": 10, "weekday": 3}, "2026-06-10 09:00"),
        ({"frequency": "weekly", "hour": 8, "weekday": 0}, "2026-06-15 07:00"),
        ({"frequency": "weekly", "hour": 9, "weekday": 2}, "2026-06-17 08:00"),
        ({"frequency": "monthly", "hour": 8, "month_day": 28}, "2026-06-28 07:00"),
        ({"frequency": "monthly", "hour": 0, "month_day": 10}, "2026-07-09 23:00"),
    ],
)
def test_next_time_is_the_first_that_fits_when_a_schedule_is_saved(admin, settings, due):
    with time_is(WEDNESDAY):
        schedule = scheduled(admin, **{"weekday": None, **settings})
    assert f"{schedule.next_at.astimezone(UTC):%Y-%m-%d %H:%M}" == due


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"query": {"from": "2026-06-01", "to": "2026-06-07"}}, "fixed_period"),
        ({"frequency": "hourly"}, "unknown_frequency"),
        ({"hour": 24}, "bad_hour"),
        ({"weekday": None}, "bad_weekday"),
        ({"frequency": "monthly", "month_day": 31}, "bad_month_day"),
        ({"file_format": "pdf"}, "unknown_format"),
        ({"language": "de"}, "unknown_language"),
    ],
)
def test_schedule_is_refused_when_something_cannot_be(admin, wrong, code):
    with pytest.raises(Invalid) as caught:
        scheduled(admin, **wrong)
    assert caught.value.code == code
    assert not ReportSchedule.objects.exists()


def test_schedule_is_refused_when_the_report_or_the_person_is_not_for_its_owner(admin):
    agent = make_user("agent")
    with pytest.raises(NotFound):
        scheduled(agent, report_slug="global")
    with pytest.raises(CommandaError) as caught:
        scheduled(agent, admin)
    assert caught.value.code == "no_recipient"


def test_database_refuses_a_schedule_when_its_day_is_missing(admin):
    schedule = scheduled(admin)
    for wrong in ({"weekday": None}, {"hour": 24}, {"next_at": None}, {"frequency": "monthly"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReportSchedule.objects.filter(pk=schedule.pk).update(**wrong)


def test_each_due_time_becomes_one_mail_for_each_person_when_it_comes(admin):
    supervisor = make_user("supervisor")
    with time_is(WEDNESDAY):
        schedule = scheduled(admin, admin, supervisor)
        assert claim_due_schedules() == 0
    with time_is(WEDNESDAY + timedelta(days=12)):
        assert claim_due_schedules() == 2
        assert claim_due_schedules() == 0
        assert len(send_all()) == 2
        assert send_all() == []
    assert sorted(message.to[0] for message in mail.outbox) == sorted([admin.email, supervisor.email])
    schedule.refresh_from_db()
    # The week in between is not made up for.
    assert f"{schedule.next_at:%Y-%m-%d}" == "2026-06-29"
    assert ReportSending.objects.filter(status="sent", next_at=None).count() == 2
    assert Event.objects.filter(name="report.sent").count() == 2


def test_nothing_is_due_when_a_schedule_is_paused(admin):
    with time_is(WEDNESDAY):
        schedule = scheduled(admin)
        pause_schedule(actor=admin.as_actor(), schedule_id=schedule.pk, is_paused=True)
    with time_is(WEDNESDAY + timedelta(days=12)):
        assert claim_due_schedules() == 0
        resumed = pause_schedule(actor=admin.as_actor(), schedule_id=schedule.pk, is_paused=False)
        assert resumed.next_at > now()


def test_mail_says_the_same_in_text_html_and_file(admin):
    order = make_order(make_variant(price="100.00", stock=5), state="delivered", assignee_id=make_user("agent").pk)
    schedule = scheduled(admin, query={"period": "today"}, language="en")
    sending = send_now(actor=admin.as_actor(), schedule_id=schedule.pk)
    assert ProcrastinateJob.objects.filter(task_name="commanda.reports.tasks.send_report").count() == 1
    assert send(sending_id=sending.pk) == "sent"
    (message,) = mail.outbox
    html = message.alternatives[0][0]
    name, content, kind = message.attachments[0]
    head, row, total = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    place = head.index("Revenue")
    assert (row[0], row[place], total[place]) == (order.assignee.name, 100, 100)
    assert "100,00\u00a0DH" in message.body
    assert "100,00\u00a0DH" in html
    assert order.assignee.name in message.body
    assert order.assignee.name in html
    assert name.endswith(".xlsx")
    assert "spreadsheetml" in kind
    assert message.extra_headers["Message-ID"].startswith("<report-")


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fr", "ltr")])
def test_mail_is_in_each_ones_language_when_none_is_set(language, direction):
    person = make_user("supervisor", language=language)
    sending = send_now(actor=person.as_actor(), schedule_id=scheduled(person).pk)
    send(sending_id=sending.pk)
    assert f'lang="{language}" dir="{direction}"' in mail.outbox[0].alternatives[0][0]


def test_file_is_csv_or_none_as_chosen(admin):
    make_order(make_variant(stock=5), assignee_id=make_user("agent").pk)
    for file_format, number in (("csv", 1), ("none", 0)):
        mail.outbox.clear()
        schedule = scheduled(admin, query={"period": "today"}, file_format=file_format)
        send(sending_id=send_now(actor=admin.as_actor(), schedule_id=schedule.pk).pk)
        assert len(mail.outbox[0].attachments) == number
        if number:
            rows = list(csv.reader(StringIO(mail.outbox[0].attachments[0][1].lstrip(BOM))))
            assert len(rows) == 3


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
def test_every_report_can_be_sent(admin, report):
    make_order(make_variant(stock=5), state="delivered", assignee_id=make_user("agent").pk)
    schedule = scheduled(admin, report_slug=report.slug, query={})
    assert send(sending_id=send_now(actor=admin.as_actor(), schedule_id=schedule.pk).pk) == "sent"


def test_each_one_gets_what_they_may_see_when_one_schedule_goes_to_several(admin):
    mine, other = make_user("agent", name="Amal Essai"), make_user("agent", name="Bilal Essai")
    for person in (mine, other):
        make_order(make_variant(stock=5), assignee_id=person.pk)
    schedule = scheduled(admin, admin, mine, query={"period": "today"})
    moment = schedule.next_at
    with time_is(moment + timedelta(minutes=1)):
        make_order(make_variant(stock=5), assignee_id=other.pk)
        claim_due_schedules()
        send_all()
    told = {message.to[0]: message.body for message in mail.outbox}
    assert "Bilal Essai" in told[admin.email]
    assert "Bilal Essai" not in told[mine.email]


@pytest.mark.parametrize(("change", "code"), [({"is_active": False}, "inactive"), ({"role": "packer"}, "no_right")])
def test_nothing_is_sent_and_it_is_said_when_the_recipient_lost_the_right(admin, change, code):
    person = make_user("supervisor")
    schedule = scheduled(admin, person)
    if "role" in change:
        change = {"role": Role.objects.create(slug="packer", name="Emballeur", permissions=[])}
    for name, value in change.items():
        setattr(person, name, value)
    person.save()
    with time_is(schedule.next_at):
        claim_due_schedules()
        assert send_all() == ["refused"]
    sending = ReportSending.objects.get()
    assert (sending.error_code, sending.next_at) == (code, None)
    assert not mail.outbox
    assert text_of(code)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionRefusedError("no"), "mail_unreachable"),
        (TimeoutError(), "mail_unreachable"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "mail_login"),
        (smtplib.SMTPRecipientsRefused({}), "mail_recipient"),
        (smtplib.SMTPDataError(554, b"spam"), "mail_refused"),
        (smtplib.SMTPServerDisconnected("gone"), "mail_unreachable"),
        (ValueError("boom"), "unexpected"),
    ],
)
def test_it_is_tried_again_later_and_later_when_the_mail_server_fails(admin, monkeypatch, error, code):
    sending = send_now(actor=admin.as_actor(), schedule_id=scheduled(admin).pk)

    def refuse(self, *args, **kwargs):
        raise error

    waits = []
    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", refuse)
        moment = now()
        for _attempt in range(MOST_ATTEMPTS - 1):
            with time_is(moment):
                assert due_sendings() == [sending.pk]
                assert send(sending_id=sending.pk) == "waiting"
                sending.refresh_from_db()
                assert sending.error_code == code
                assert due_sendings() == []
            waits.append((sending.next_at - moment).seconds // 60)
            moment = sending.next_at
        assert waits == [2, 4, 8, 16, 32]
        with time_is(moment):
            assert send(sending_id=sending.pk) == "failed"
    assert due_sendings() == []
    assert set(TEXTS) >= {code}


def test_mails_wait_while_figures_follow_late(admin):
    jobs = ProcrastinateJob.objects.filter(task_name="commanda.reports.tasks.send_report")
    with time_is(WEDNESDAY):
        schedule = scheduled(admin)
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_at=now())
    make_order(make_variant())
    RowChange.objects.update(at=now() - TOLD_FROM * 2)
    tasks.send_due(timestamp=0)
    assert len(due_sendings()) == 1
    assert not jobs.exists()
    RowChange.objects.all().delete()
    tasks.send_due(timestamp=0)
    assert jobs.count() == 1


def test_mail_goes_out_after_all_when_the_server_is_back(admin, monkeypatch):
    sending = send_now(actor=admin.as_actor(), schedule_id=scheduled(admin).pk)
    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", lambda self: (_ for _ in ()).throw(ConnectionRefusedError()))
        send(sending_id=sending.pk)
    with time_is(now() + timedelta(minutes=3)):
        assert send_all() == ["sent"]
    sending.refresh_from_db()
    assert (sending.error_code, sending.attempts_qty) == ("", 2)


def test_schedule_of_another_is_not_found_when_somebody_reaches_for_it(admin):
    agent = make_user("agent")
    schedule = scheduled(admin)
    for act in (
        lambda actor: pause_schedule(actor=actor, schedule_id=schedule.pk, is_paused=True),
        lambda actor: delete_schedule(actor=actor, schedule_id=schedule.pk),
        lambda actor: send_now(actor=actor, schedule_id=schedule.pk),
    ):
        with pytest.raises(NotFound):
            act(agent.as_actor())


def test_history_goes_with_the_schedule_when_it_is_deleted(admin):
    schedule = scheduled(admin)
    send(sending_id=send_now(actor=admin.as_actor(), schedule_id=schedule.pk).pk)
    delete_schedule(actor=admin.as_actor(), schedule_id=schedule.pk)
    assert not ReportSending.objects.exists()
    assert Event.objects.filter(name="report.schedule_deleted").count() == 1
