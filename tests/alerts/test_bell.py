"""The number on the bell says the same as the lists behind it, for everybody and whatever happened."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.accounts.models import Role
from commanda.accounts.permissions import Perm
from commanda.alerts.bell import bell_number
from commanda.alerts.models import AlertMute
from commanda.alerts.selectors import unseen_alerts, unseen_notices
from commanda.alerts.services.read import read_alerts
from commanda.kernel.actor import ANONYMOUS, system_actor
from commanda.kernel.clock import now, time_is
from commanda.orders.mentions import mentions_of, unread_mentions
from commanda.orders.models import CommentMention, OrderComment
from commanda.orders.services.annotate import read_mentions
from tests.alerts.helpers import make_rule, settled
from tests.alerts.test_settling import low
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
ROLES = ("admin", "supervisor", "agent", "buyer")


def counted(actor):
    return len(unseen_alerts(actor, 500)) + mentions_of(actor).filter(read_at=None).count()


def shop():
    """Alerts of four kinds, of which everybody is told as far as they may; mentions of all in orders of all sorts."""
    people = {role: make_user(role) for role in ROLES}
    people["bare"] = make_user("agent")
    people["bare"].role = Role.objects.create(slug="bare", name="Rien", permissions=[Perm.STOCK_VIEW])
    people["bare"].save()
    owners = tuple(person.pk for person in people.values())
    for kind in ("low_stock", "high_returns", "spend_without_leads", "stale_source"):
        rule = make_rule(kind, roles=(*ROLES, "bare"))
        settled(rule, *(low(str(number), owners=owners if number % 2 else ()) for number in range(4)))
    silent = make_rule("low_stock", roles=ROLES, to_bell=False, to_email=True)
    settled(silent, low())
    for assignee in (None, *people.values()):
        order = make_order(make_variant(), assignee_id=assignee and assignee.pk)
        comment = OrderComment.objects.create(order=order, text="@", created_at=now())
        CommentMention.objects.bulk_create(CommentMention(comment=comment, user=user) for user in people.values())
    return people


def test_number_is_that_of_the_lists_for_everybody():
    people = shop()
    numbers = {name: bell_number(user.as_actor(), 500) for name, user in people.items()}
    assert numbers == {name: counted(user.as_actor()) for name, user in people.items()}
    assert len(set(numbers.values())) > 2
    assert 0 not in numbers.values()


def test_number_is_that_of_the_lists_with_every_mute_and_after_reading():
    people, at = shop(), now()
    alert = unseen_alerts(people["admin"].as_actor(), 1)[0]
    rule, key = alert.rule, alert.subject_key
    for user, subject, until in product(
        (None, people["admin"]), ("", key, "other"), (None, at + timedelta(days=1), at - timedelta(days=1))
    ):
        mute = AlertMute.objects.create(
            user=user, rule=rule, subject_key=subject, until_at=until, made_at=at, reason="essai"
        )
        for person in people.values():
            assert bell_number(person.as_actor(), 500) == counted(person.as_actor())
        mute.delete()
    for person in people.values():
        actor = person.as_actor()
        read_alerts(actor=actor)
        assert bell_number(actor, 500) == counted(actor) == unread_mentions(actor).count()
        read_mentions(actor=actor)
        assert bell_number(actor, 500) == counted(actor) == unseen_notices(actor).count() == 0


def test_mute_that_ends_counts_again():
    people, at = shop(), now()
    actor = people["admin"].as_actor()
    alert = unseen_alerts(actor, 1)[0]
    before = bell_number(actor, 500)
    AlertMute.objects.create(
        user=people["admin"],
        rule=alert.rule,
        subject_key=alert.subject_key,
        until_at=at + timedelta(days=1),
        made_at=at,
    )
    assert bell_number(actor, 500) == before - 1
    with time_is(at + timedelta(days=2)):
        assert bell_number(actor, 500) == before


def test_nobody_and_the_system_have_no_bell():
    shop()
    assert bell_number(ANONYMOUS, 100) == bell_number(system_actor(), 100) == 0


def test_bell_is_one_statement_and_counts_to_its_cap():
    rule, admin = make_rule("low_stock"), make_user("admin")
    settled(rule, *(low(str(number)) for number in range(120)))
    actor = admin.as_actor()
    with CaptureQueriesContext(connection) as queries:
        assert bell_number(actor, 100) == 100
    assert len(queries) == 1
