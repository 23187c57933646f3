from datetime import date, timedelta
from decimal import Decimal

import pytest

from commanda.ads.models import AdSpend, Platform
from commanda.ads.selectors import buyers, day_spends, platforms, spends
from commanda.ads.services.spend import SpendCell, enter_spend, enter_spends
from commanda.audit.models import Event
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid, NotAllowed
from tests.factories import make_actor, make_user, make_variant

pytestmark = pytest.mark.django_db


def enter(actor, amount="100", **fields):
    fields.setdefault("product_id", make_variant().product_id)
    fields.setdefault("platform_id", Platform.objects.get(slug="facebook").pk)
    fields.setdefault("spent_on", today())
    return enter_spend(actor=actor, amount=Decimal(amount), **fields)


def test_spend_belongs_to_the_buyer_when_entered_without_a_name():
    buyer = make_actor("buyer")
    row = enter(buyer, "120.50")
    assert (row.buyer_id, row.amount, row.mad_amount) == (buyer.user_id, Decimal("120.50"), Decimal("120.50"))


def test_rate_is_frozen_with_the_figure_when_the_currency_is_foreign():
    row = enter(make_actor("buyer"), "10.10", currency="USD", rate=Decimal("9.985"))
    assert (row.currency, row.rate, row.mad_amount) == ("USD", Decimal("9.985"), Decimal("100.85"))


def test_figure_is_replaced_when_typed_again_for_the_same_day():
    buyer, product = make_actor("buyer"), make_variant().product_id
    for amount in ("100", "80", "80"):
        enter(buyer, amount, product_id=product)
    assert AdSpend.objects.get().mad_amount == 80
    events = Event.objects.filter(subject="finance.ad_spend").order_by("id")
    assert [event.changes["mad_amount"] for event in events] == [[None, "100.00"], ["100.00", "80.00"]]


def test_another_buyers_figure_is_refused_when_the_actor_sees_only_own_ads():
    buyer, other = make_actor("buyer"), make_user("buyer")
    with pytest.raises(NotAllowed):
        enter(buyer, buyer_id=other.pk)
    row = enter(make_actor("admin"), buyer_id=other.pk)
    assert row.buyer_id == other.pk


def test_spend_needs_a_person_who_runs_ads_when_entered_for_somebody():
    with pytest.raises(Invalid) as caught:
        enter(make_actor("admin"), buyer_id=make_user("agent").pk)
    assert caught.value.field == "buyer"
    with pytest.raises(Invalid):
        enter(system_actor("test"))


@pytest.mark.parametrize("role", ["supervisor", "agent"])
def test_ads_are_closed_when_the_role_does_not_run_ads(role):
    enter(make_actor("buyer"))
    actor = make_actor(role)
    with pytest.raises(NotAllowed):
        enter(actor)
    assert not spends(actor, first=today(), last=today()).exists()
    assert not buyers(actor).exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "-1"}, None),
        ({"amount": "1000001"}, None),
        ({"amount": "200000", "currency": "EUR", "rate": Decimal(10)}, None),
        ({"amount": "NaN"}, None),
        ({"spent_on": today() + timedelta(days=1)}, "spent_on"),
        ({"spent_on": date(1926, 5, 1)}, "spent_on"),
        ({"currency": "XYZ"}, "currency"),
        ({"currency": "USD", "rate": Decimal(0)}, "rate"),
        ({"currency": "USD", "rate": Decimal("0.0000001")}, "rate"),
        ({"currency": "USD", "rate": Decimal(1001)}, "rate"),
        ({"currency": "MAD", "rate": Decimal(2)}, "rate"),
        ({"product_id": 0}, "product"),
        ({"platform_id": 0}, "platform"),
    ],
)
def test_spend_is_refused_when_absurd(fields, field):
    with pytest.raises(Invalid) as caught:
        enter(make_actor("buyer"), **fields)
    assert caught.value.field == field if field else caught.value.field.startswith("amount-")
    assert not AdSpend.objects.exists()


def test_grid_is_saved_whole_or_not_when_one_cell_is_bad():
    buyer, product = make_actor("buyer"), make_variant().product_id
    facebook, tiktok = (Platform.objects.get(slug=slug).pk for slug in ("facebook", "tiktok"))
    cells = [SpendCell(product, facebook, Decimal(10)), SpendCell(product, tiktok, Decimal(-10))]
    with pytest.raises(Invalid) as caught:
        enter_spends(actor=buyer, cells=cells, spent_on=today())
    assert caught.value.field == f"amount-{product}-{tiktok}"
    assert not AdSpend.objects.exists()
    good = [cells[0], SpendCell(product, tiktok, Decimal(0))]
    assert len(enter_spends(actor=buyer, cells=good, spent_on=today())) == 2
    assert enter_spends(actor=buyer, cells=good, spent_on=today()) == []
    assert {key: row.amount for key, row in day_spends(buyer, spent_on=today(), buyer_id=buyer.user_id).items()} == {
        (product, facebook): 10,
        (product, tiktok): 0,
    }


def test_cell_is_refused_when_it_stands_twice():
    product, platform = make_variant().product_id, platforms()[0].pk
    with pytest.raises(Invalid):
        enter_spends(actor=make_actor("buyer"), cells=[SpendCell(product, platform, Decimal(1))] * 2, spent_on=today())


def test_buyers_see_their_own_spend_only_when_several_run_ads():
    one, two = make_actor("buyer"), make_actor("buyer")
    mine = enter(one)
    enter(two)
    assert list(spends(one, first=today(), last=today())) == [mine]
    assert day_spends(one, spent_on=today(), buyer_id=two.user_id) == {}
    assert [user.pk for user in buyers(one)] == [one.user_id]
    assert spends(make_actor("admin"), first=today(), last=today()).count() == 2
