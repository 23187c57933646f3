"""Two workers look at once, two send the same mail: a subject has one alert, a person gets one mail."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.core import mail
from django.db import IntegrityError, connections

from commanda.alerts.kinds import Finding
from commanda.alerts.models import Alert, AlertPreference, AlertRule
from commanda.alerts.services import send_mail, settle
from tests.alerts.helpers import SYSTEM, make_rule, settled
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def twice(act):
    """Run the act in two threads that start together; their answers, or what they raised."""
    start = Barrier(2)

    def run(_number):
        try:
            start.wait(timeout=20)
            return act()
        except IntegrityError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def findings():
    return [Finding(str(number), Decimal(3), Decimal(10)) for number in range(20)]


def test_each_subject_has_one_alert_when_two_workers_settle_a_rule_at_once():
    rule = make_rule("low_stock")
    make_user("admin")
    found = twice(lambda: settled(rule, *findings()))
    assert sorted(result.opened for result in found) == [0, 20]
    assert Alert.objects.filter(rule=rule).count() == 20


def test_database_refuses_the_second_worker_when_the_lock_is_off(monkeypatch):
    """The race is real: both look before either writes, and only the constraint keeps it single."""
    rule, looking, opening, both = make_rule("low_stock"), Barrier(2), settle._open, Barrier(2)

    def look_without_locking(rule_id):
        looking.wait(timeout=20)
        return AlertRule.objects.get(pk=rule_id)

    def open_together(*arguments):
        both.wait(timeout=20)
        return opening(*arguments)

    monkeypatch.setattr(settle, "lock_rule", look_without_locking)
    monkeypatch.setattr(settle, "_open", open_together)
    # The note that the rule was asked is a write of the same row: it must not serialize them in place of the lock.
    monkeypatch.setattr(AlertRule, "save", lambda self, **_options: None)
    found = twice(lambda: settled(rule, *findings()))
    assert [type(result) for result in found].count(IntegrityError) == 1
    assert Alert.objects.filter(rule=rule).count() == 20


def waiting_mail():
    rule, user = make_rule("low_stock", to_email=True), make_user("admin")
    settled(rule, *findings())
    AlertPreference.objects.create(user=user)
    return lambda: send_mail.send_digest(actor=SYSTEM, user_id=user.pk)


def test_person_gets_one_mail_when_two_workers_send_it_at_once():
    assert sorted(twice(waiting_mail())) == [False, True]
    assert len(mail.outbox) == 1


def test_person_gets_two_mails_when_the_lock_is_off(monkeypatch):
    send, looking = waiting_mail(), Barrier(2)

    def look_without_locking(user_id):
        preference = AlertPreference.objects.select_related("user__role").get(pk=user_id)
        looking.wait(timeout=20)
        return preference

    monkeypatch.setattr(send_mail, "lock_preference", look_without_locking)
    reading, read = send_mail.digest_of, Barrier(2)

    def read_together(*arguments, **options):
        found = reading(*arguments, **options)
        read.wait(timeout=20)
        return found

    monkeypatch.setattr(send_mail, "digest_of", read_together)
    # The row itself is written before what it says is read: without the lock, the write must not serialize them.
    monkeypatch.setattr(AlertPreference, "save", lambda self, **_options: None)
    assert twice(send) == [True, True]
    assert len(mail.outbox) == 2
