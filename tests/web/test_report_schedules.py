"""Pages of the schedules by which reports are mailed."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.html import escape

from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.services.schedules import ScheduleData, save_schedule
from commanda.reports.services.send import send
from tests.factories import make_user, make_variant
from tests.web.reading import read, text

pytestmark = pytest.mark.django_db


def test_schedule_is_made_from_a_report_and_sent_when_a_person_asks(client):
    lamp = make_variant()
    admin = make_user("admin", language="en")
    client.force_login(admin)
    address = reverse("report_schedule_new") + f"?report=agents&by=product&product={lamp.product_id}"
    typed = {
        "report": "agents",
        "period": "last_week",
        "frequency": "weekly",
        "weekday": "0",
        "hour": "8",
        "file_format": "csv",
        "recipients": [admin.pk],
    }
    wrong = client.post(address, typed | {"recipients": [], "weekday": ""})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"recipients"}
    assert client.post(address, typed | {"weekday": ""}).status_code == 422
    assert client.post(address, typed).status_code == 302
    schedule = ReportSchedule.objects.get()
    assert schedule.query == {
        "basis": "cohort",
        "period": "last_week",
        "by": "product",
        "compare": "before",
        "sort": "-confirmed",
        "product": str(lamp.product_id),
    }
    assert client.post(reverse("report_schedule_send", args=[schedule.pk])).status_code == 302
    (row,) = read(client, admin, reverse("report_schedule", args=[schedule.pk])).context["rows"]
    assert (row["sending"].status, row["why"]) == ("waiting", "")
    sending = ReportSending.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", lambda self: (_ for _ in ()).throw(ConnectionRefusedError()))
        send(sending_id=sending.pk)
    answer = read(client, admin, reverse("report_schedule", args=[schedule.pk]))
    (row,) = answer.context["rows"]
    assert row["sending"].error_code == "mail_unreachable"
    assert escape(row["why"]) in answer.content.decode()
    assert escape(row["why"]) in text(client, admin, reverse("report_schedules"))
    for paused in ("1", "0"):
        client.post(reverse("report_schedule_pause", args=[schedule.pk]), {"paused": paused})
        schedule.refresh_from_db()
        assert schedule.is_paused is (paused == "1")
    changed = client.post(reverse("report_schedule", args=[schedule.pk]), typed | {"frequency": "daily"})
    assert changed.status_code == 302
    schedule.refresh_from_db()
    assert (schedule.frequency, schedule.query["by"]) == ("daily", "product")
    client.post(reverse("report_schedule_delete", args=[schedule.pk]))
    assert not ReportSchedule.objects.exists()


def test_schedules_of_others_do_not_show_when_somebody_looks(client):
    amal = make_user("agent")
    data = ScheduleData("agents", {}, weekday=0, recipient_ids=[amal.pk])
    schedule = save_schedule(actor=amal.as_actor(), data=data)
    address = reverse("report_schedule", args=[schedule.pk])
    assert address in text(client, make_user("admin"), reverse("report_schedules"))
    assert address not in text(client, make_user("supervisor"), reverse("report_schedules"))
    read(client, make_user("supervisor"), address, 404)
