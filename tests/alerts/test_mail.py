"""Mails: only with news, once, under the rights of the moment, in the person's language."""

from datetime import timedelta
from decimal import Decimal
from smtplib import SMTPException

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from procrastinate.contrib.django.models import ProcrastinateJob

from commanda.accounts.models import Role
from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.alerts.kinds import Finding
from commanda.alerts.models import AlertNotice, AlertPreference
from commanda.alerts.services.mute import mute_alert
from commanda.alerts.services.preferences import save_preference
from commanda.alerts.services.send_mail import queue_due_digests, send_digest, send_urgent
from commanda.finance.services.costs import set_product_cost
from commanda.kernel.clock import day_start, now, time_is, today
from commanda.kernel.errors import Invalid
from tests.alerts.helpers import SYSTEM, look, make_rule, open_ones, settled
from tests.alerts.test_settling import low
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def at(hour, days=0):
    return time_is(day_start(today() + days * DAY) + timedelta(hours=hour, minutes=30))


def jobs(name):
    rows = ProcrastinateJob.objects.filter(task_name=f"commanda.alerts.tasks.{name}", status="todo")
    return sorted(job.args["user_id"] for job in rows)


def digest(user):
    return send_digest(actor=SYSTEM, user_id=user.pk)


def urgent(user):
    return send_urgent(actor=SYSTEM, user_id=user.pk)


def test_mail_of_the_day_is_asked_for_at_the_persons_hour_and_only_with_news():
    rule = make_rule("low_stock", to_email=True)
    early, late = make_user("admin"), make_user("admin")
    make_user("agent")
    save_preference(actor=late.as_actor(), gets_daily=True, daily_hour=18, gets_urgent=True)
    settled(rule, low())
    with at(7):
        assert queue_due_digests() == 0
    with at(8):
        assert queue_due_digests() == 1
        assert queue_due_digests() == 1
        assert jobs("mail_digest") == [early.pk]  # the job that waits is not asked for twice
        assert digest(early)
        assert queue_due_digests() == 0
    with at(18):
        assert queue_due_digests() == 1
        assert jobs("mail_digest") == [early.pk, late.pk]


def test_day_without_news_is_done_with_at_the_hour():
    rule, user = make_rule("low_stock", to_email=True), make_user("admin")
    with at(8):
        assert queue_due_digests() == 0
    with at(10):
        settled(rule, low())
        assert queue_due_digests() == 0
    with at(8, days=1):
        assert queue_due_digests() == 1
        assert digest(user)


def test_mail_is_sent_once_and_again_only_when_there_is_news():
    rule, user = make_rule("low_stock", to_email=True), make_user("admin", language="en")
    with at(8):
        settled(rule, low("1", "8"))
        assert digest(user)
        assert not digest(user)
    with at(8, days=1):
        assert not digest(user)  # open as before: no mail
    with at(9, days=1):
        settled(rule, low("1", "5"), low("2", "9"))
    with at(8, days=2):
        assert digest(user)
    assert len(mail.outbox) == 2
    body = mail.outbox[1].body
    assert body.index("New:") < body.index("Grown worse:")
    assert mail.outbox[1].subject == "2 new alerts"
    with at(9, days=2):
        settled(rule, low("1", "5"), low("2", "9"), low("3", "9"))
    with at(8, days=3):
        assert digest(user)
    assert "Still open:" in mail.outbox[2].body


def test_nobody_gets_an_empty_mail_when_all_is_muted_closed_or_for_the_bell_alone():
    rule, silent = make_rule("low_stock", to_email=True), make_rule("cover", to_email=False)
    user = make_user("admin")
    settled(rule, low("1"), low("2"))
    settled(silent, low("3"))
    first, second = open_ones(rule)
    mute_alert(actor=user.as_actor(), alert_id=first.pk)
    settled(rule, low("1"))
    assert second.pk
    assert not digest(user)
    assert mail.outbox == []


def test_person_who_wants_no_mails_gets_none():
    rule, user = make_rule("low_stock", to_email=True, is_urgent=True), make_user("admin")
    save_preference(actor=user.as_actor(), gets_daily=False, daily_hour=8, gets_urgent=False)
    settled(rule, low())
    with at(9):
        assert queue_due_digests() == 0
        assert not digest(user)
        assert not urgent(user)


def test_hour_that_is_none_is_refused():
    with pytest.raises(Invalid):
        save_preference(actor=make_user("admin").as_actor(), gets_daily=True, daily_hour=24, gets_urgent=True)


def test_urgent_one_is_mailed_at_once_and_not_again_by_the_mail_of_the_day():
    rule, user = make_rule("low_stock", to_email=True, is_urgent=True), make_user("admin", language="en")
    settled(rule, low())
    assert jobs("mail_urgent") == [user.pk]
    assert urgent(user)
    assert not urgent(user)
    assert not digest(user)
    assert "Low stock" in mail.outbox[0].subject
    assert len(mail.outbox) == 1


def test_nothing_is_asked_for_at_once_when_the_rule_is_not_urgent():
    settled(make_rule("low_stock", to_email=True), low())
    assert jobs("mail_urgent") == []


def test_mail_is_tried_again_when_the_mail_server_is_down(monkeypatch):
    rule, user = make_rule("low_stock", to_email=True), make_user("admin")
    settled(rule, low())

    def refuse(_self, _messages):
        raise SMTPException("down")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        with pytest.raises(SMTPException):
            digest(user)
    assert not AlertNotice.objects.filter(mailed_at__isnull=False).exists()
    assert not AlertPreference.objects.filter(mailed_on__isnull=False).exists()
    assert digest(user)


def test_rights_are_those_of_the_moment_of_sending():
    rule, user = make_rule("low_stock", to_email=True), make_user("admin")
    settled(rule, low())
    user.role = Role.objects.create(slug="nobody", name="Personne", permissions=[])
    user.save()
    assert not digest(user)
    user.is_active = False
    user.save()
    assert not digest(user)


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_mail_is_in_the_persons_language(language, settings):
    settings.PUBLIC_URL = "https://shop.example.com"
    user = make_user("admin", language=language, name="Karima")
    rule = make_rule("low_stock", to_email=True)
    variant = make_variant(name="Montre Essai", stock=2, low_stock_qty=10)
    look(rule)
    assert digest(user)
    (message,) = mail.outbox
    html = message.alternatives[0][0]
    for text in (message.body, html):
        assert "Montre Essai" in text
        assert "https://shop.example.com/alerts/mine/" in text
    assert f'lang="{language}"' in html
    assert ('dir="rtl"' in html) == (language == "ar")
    assert variant.product.name


def test_mail_says_where_to_stop_it_when_the_installation_knows_no_address(settings):
    settings.PUBLIC_URL = ""
    rule, user = make_rule("low_stock", to_email=True), make_user("admin", language="en")
    settled(rule, low())
    assert digest(user)
    assert "http" not in mail.outbox[0].body
    assert "My alerts" in mail.outbox[0].body


def test_long_mail_is_cut_and_says_how_many_more_there_are():
    rule, user = make_rule("low_stock", to_email=True), make_user("admin", language="en")
    settled(rule, *(low(str(number)) for number in range(40)))
    assert digest(user)
    assert "And 15 more." in mail.outbox[0].body


COST = Decimal("98.76")


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_no_cost_is_mailed_to_who_may_not_see_it(role):
    """The canary: every rule tells everybody, by mail, and what a lead earns is known to the program."""
    roles = ("admin", "supervisor", "agent", "buyer")
    rules = [
        make_rule(kind, roles=roles, to_email=True, limits=limits)
        for kind, limits in (
            ("low_stock", {}),
            ("sold_out_ads", {}),
            ("spend_without_leads", {"spend": "1"}),
            ("break_even", {"leads": "1"}),
            ("high_returns", {"rate": "0.01", "orders": "1"}),
        )
    ]
    variant, buyer, person = make_variant(stock=5, price="199.00"), make_user("buyer"), make_user(role)
    set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=COST, valid_from_on=today())
    for state in ("delivered", "returned"):
        make_order(variant, state=state, platform="facebook", assignee_id=person.pk)
    enter_spend(
        actor=buyer.as_actor(),
        product_id=variant.product_id,
        platform_id=Platform.objects.get(slug="facebook").pk,
        spent_on=today(),
        amount=Decimal(4321),
    )
    for rule in rules:
        look(rule)
    admin = make_user("admin", language="en")
    for rule in rules:
        look(rule)
    digest(admin)
    assert "more than they earn" in mail.outbox[-1].body
    mail.outbox.clear()
    digest(person)
    for message in mail.outbox:
        for text in (message.body, message.alternatives[0][0]):
            for number in ("98,76", "98.76", "100,24", "50,12", "4\u202f321", "2\u202f160"):
                assert number not in text
            assert "break_even" not in text


def test_finding_needs_no_product_to_be_mailed():
    rule, user = make_rule("unassigned", to_email=True), make_user("admin", language="en")
    settled(rule, Finding("all", Decimal(3), Decimal(1), extra={"hours": "3"}))
    assert digest(user)
    assert mail.outbox[0].subject == "Orders that nobody has"


def test_mail_tried_again_has_its_id_and_other_news_of_the_same_moment_has_another():
    """All alerts that a rule opens together open at one moment: the id must not be that moment."""
    rule, user = make_rule("low_stock", to_email=True), make_user("admin")
    with at(8):
        settled(rule, low("1"), low("2"))
        muted = open_ones(rule)[0]
        mute_alert(actor=user.as_actor(), alert_id=muted.pk, until_at=now() + DAY)
        assert digest(user)
        AlertNotice.objects.update(mailed_at=None)
        AlertPreference.objects.update(mailed_on=None)
        assert digest(user)
    with at(9, days=1):
        AlertNotice.objects.exclude(alert=muted).update(mailed_at=now())
        assert digest(user)
    first, again, other = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == again != other
