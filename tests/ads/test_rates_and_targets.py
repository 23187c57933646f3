from datetime import date, timedelta
from decimal import Decimal

import pytest

from commanda.ads.models import ExchangeRate, SpendTarget
from commanda.ads.rates import known_currencies, load_rates
from commanda.ads.selectors import targets_on
from commanda.ads.services.rates import delete_rate, set_rate
from commanda.ads.services.spend import SpendCell, enter_spends
from commanda.ads.services.targets import set_target
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from tests.factories import make_actor, make_variant

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 1)


def test_rate_of_a_day_is_the_newest_before_it_else_the_first_one(buyer):
    for day, rate in ((10, "9.90"), (20, "10.10")):
        set_rate(actor=buyer, currency="usd", valid_from_on=MAY + timedelta(days=day), rate=Decimal(rate))
    table = load_rates({"USD", "EUR"})
    rates = [table.rate_on("USD", MAY + timedelta(days=day)) for day in (0, 10, 19, 20, 99)]
    assert [str(rate) for rate in rates] == ["9.900000", "9.900000", "9.900000", "10.100000", "10.100000"]
    assert table.rate_on("EUR", MAY) is None
    assert table.rate_on("MAD", MAY) == 1


def test_rate_is_corrected_when_set_again_and_gone_when_deleted(buyer):
    set_rate(actor=buyer, currency="GBP", valid_from_on=MAY, rate=Decimal(12))
    row = set_rate(actor=buyer, currency="GBP", valid_from_on=MAY, rate=Decimal(13))
    assert ExchangeRate.objects.get().rate == 13
    assert "GBP" in known_currencies()
    delete_rate(actor=buyer, rate_id=row.pk)
    with pytest.raises(NotFound):
        delete_rate(actor=buyer, rate_id=row.pk)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "MAD"}, "currency"),
        ({"currency": "dollars"}, "currency"),
        ({"rate": Decimal(0)}, "rate"),
        ({"rate": Decimal(-1)}, "rate"),
        ({"rate": Decimal("NaN")}, "rate"),
        ({"rate": Decimal(100_000)}, "rate"),
        ({"valid_from_on": date(1990, 1, 1)}, "valid_from_on"),
        ({"valid_from_on": date(2090, 1, 1)}, "valid_from_on"),
    ],
)
def test_rate_is_refused_when_absurd(buyer, change, field):
    with pytest.raises(Invalid) as caught:
        set_rate(actor=buyer, **({"currency": "USD", "valid_from_on": MAY, "rate": Decimal(10)} | change))
    assert caught.value.field == field
    assert not ExchangeRate.objects.exists()


def test_grid_takes_the_rate_of_the_day_when_none_is_typed(buyer):
    variant = make_variant()
    cells = [SpendCell(variant.product_id, _facebook(), Decimal(3))]
    with pytest.raises(Invalid) as caught:
        enter_spends(actor=buyer, cells=cells, spent_on=today(), currency="USD", rate=None)
    assert caught.value.code == "no_rate"
    set_rate(actor=buyer, currency="USD", valid_from_on=MAY, rate=Decimal("9.5"))
    assert len(enter_spends(actor=buyer, cells=cells, spent_on=today(), currency="USD", rate=None)) == 1


def _facebook():
    from commanda.ads.models import Platform

    return Platform.objects.get(slug="facebook").pk


def test_target_in_force_is_the_newest_and_ends_when_emptied():
    admin, product = make_actor("admin"), make_variant().product_id
    set_target(actor=admin, product_id=product, kind="lead", amount=Decimal(20), valid_from_on=today() - timedelta(9))
    set_target(actor=admin, product_id=product, kind="lead", amount=Decimal("18.5"), is_derived=True)
    set_target(actor=admin, product_id=product, kind="delivered", amount=Decimal(60))
    buyer = make_actor("buyer")
    found = targets_on(buyer)[product]
    assert (found.lead.amount, found.lead.is_derived, found.delivered.amount) == (Decimal("18.50"), True, 60)
    assert targets_on(buyer, today() - timedelta(days=1))[product].lead.amount == 20
    assert targets_on(buyer, today() - timedelta(days=1))[product].delivered is None
    set_target(actor=admin, product_id=product, kind="delivered", amount=None)
    assert targets_on(buyer)[product].delivered is None


def test_targets_are_set_by_those_who_edit_the_finances_only():
    product = make_variant().product_id
    for role in ("buyer", "supervisor", "agent"):
        with pytest.raises(NotAllowed):
            set_target(actor=make_actor(role), product_id=product, kind="lead", amount=Decimal(1))
    set_target(actor=make_actor("admin"), product_id=product, kind="lead", amount=Decimal(1))
    assert targets_on(make_actor("agent")) == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "order"}, "kind"),
        ({"amount": Decimal(0)}, "lead"),
        ({"amount": Decimal("NaN"), "kind": "delivered"}, "delivered"),
        ({"amount": Decimal(10**6)}, "lead"),
        ({"product_id": 0}, "product"),
        ({"valid_from_on": date(2090, 1, 1)}, "valid_from_on"),
    ],
)
def test_target_is_refused_when_absurd(change, field):
    usual = {"product_id": make_variant().product_id, "kind": "lead", "amount": Decimal(5)}
    with pytest.raises(Invalid) as caught:
        set_target(actor=make_actor("admin"), **(usual | change))
    assert caught.value.field == field
    assert not SpendTarget.objects.exists()
