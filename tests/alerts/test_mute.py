from datetime import timedelta

import pytest

from commanda.alerts.bell import bell_number
from commanda.alerts.models import AlertMute
from commanda.alerts.selectors import AlertFilters, find_alerts, mutes_of, open_alerts, state_counts
from commanda.alerts.services.mute import mute_alert, unmute
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from tests.alerts.helpers import make_rule, open_ones, settled
from tests.alerts.test_settling import low
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """Two alerts of a rule, of which an administrator and a buyer are told."""
    rule = make_rule("low_stock", roles=("admin", "buyer"))
    people = {role: make_user(role).as_actor() for role in ("admin", "buyer", "agent")}
    settled(rule, low("1"), low("2"))
    return rule, open_ones(rule), people


def numbers(people):
    """What the bells show. Home, whose query is built once for all people and moments, lists what the list does."""
    for person in people.values():
        assert open_alerts(person, 100) == list(find_alerts(person, AlertFilters()).order_by("-id"))
    return bell_number(people["admin"], 100), bell_number(people["buyer"], 100)


def test_subject_is_muted_for_one_person_alone_and_until_its_time(shop):
    rule, (first, _second), people = shop
    mute_alert(actor=people["buyer"], alert_id=first.pk, until_at=now() + timedelta(days=1))
    assert numbers(people) == (2, 1)
    assert state_counts(people["buyer"], AlertFilters()) == {"open": 1, "muted": 1, "closed": 0}
    assert [alert.pk for alert in find_alerts(people["buyer"], AlertFilters(state="muted"))] == [first.pk]
    with time_is(now() + timedelta(days=2)):
        assert numbers(people) == (2, 2)
        assert list(mutes_of(people["buyer"])) == []
    settled(rule)
    settled(rule, low("1"), low("2"))  # the mute outlives the alert
    assert numbers(people) == (2, 1)


def test_whole_rule_is_muted_for_good_until_taken_back(shop):
    rule, (first, _second), people = shop
    mute = mute_alert(actor=people["buyer"], alert_id=first.pk, whole_rule=True)
    settled(rule, low("1"), low("2"), low("3"))
    assert numbers(people) == (3, 0)
    with pytest.raises(NotFound):
        unmute(actor=people["admin"], mute_id=mute.pk)
    unmute(actor=people["buyer"], mute_id=mute.pk)
    assert numbers(people) == (3, 3)


def test_muting_again_replaces_the_former_span(shop):
    _rule, (first, _second), people = shop
    mute_alert(actor=people["buyer"], alert_id=first.pk, until_at=now() + timedelta(days=1))
    mute_alert(actor=people["buyer"], alert_id=first.pk)
    assert AlertMute.objects.get().until_at is None


def test_administrator_mutes_for_everybody_with_a_reason(shop):
    _rule, (first, _second), people = shop
    with pytest.raises(Invalid) as refused:
        mute_alert(actor=people["admin"], alert_id=first.pk, for_all=True, reason=" ")
    assert refused.value.field == "reason"
    with pytest.raises(NotAllowed):
        mute_alert(actor=people["buyer"], alert_id=first.pk, for_all=True, reason="bruit")
    mute = mute_alert(actor=people["admin"], alert_id=first.pk, for_all=True, reason="Fin de série")
    assert numbers(people) == (1, 1)
    assert list(mutes_of(people["buyer"])) == []
    with pytest.raises(NotFound):
        unmute(actor=people["buyer"], mute_id=mute.pk)


def test_mute_that_is_over_before_it_begins_is_refused(shop):
    _rule, (first, _second), people = shop
    with pytest.raises(Invalid):
        mute_alert(actor=people["buyer"], alert_id=first.pk, until_at=now())


def test_alert_that_one_is_not_told_of_is_not_there_to_be_muted(shop):
    _rule, (first, _second), people = shop
    with pytest.raises(NotFound):
        mute_alert(actor=people["agent"], alert_id=first.pk)
