from datetime import date, timedelta
from decimal import Decimal

import pytest

from commanda.audit.models import Event
from commanda.finance.models import CarrierFee, ProductCost
from commanda.finance.selectors import carrier_fees, product_costs
from commanda.finance.services.costs import set_carrier_fee, set_product_cost, set_product_costs
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from commanda.shipping.models import Carrier
from tests.factories import make_actor, make_variant

pytestmark = pytest.mark.django_db


def test_cost_is_kept_with_its_day_when_an_admin_sets_it():
    admin, variant = make_actor(), make_variant()
    set_product_cost(actor=admin, variant_id=variant.pk, amount=Decimal("45.005"), valid_from_on=today())
    cost = ProductCost.objects.get()
    assert (cost.variant_id, cost.amount, cost.valid_from_on) == (variant.pk, Decimal("45.01"), today())


def test_history_stays_when_the_cost_changes():
    admin, variant = make_actor(), make_variant()
    day = today()
    for back, amount in [(30, "40"), (0, "50"), (-10, "60")]:
        set_product_cost(
            actor=admin, variant_id=variant.pk, amount=Decimal(amount), valid_from_on=day - timedelta(days=back)
        )
    (row,) = product_costs(admin)
    assert [cost.amount for cost in row.costs] == [60, 50, 40]
    assert row.current.amount == 50
    assert [cost.amount for cost in row.planned] == [60]


def test_cost_is_replaced_when_set_again_for_the_same_day():
    admin, variant = make_actor(), make_variant()
    for amount in ("40", "41"):
        set_product_cost(actor=admin, variant_id=variant.pk, amount=Decimal(amount), valid_from_on=today())
    assert ProductCost.objects.get().amount == 41
    events = Event.objects.filter(subject="finance.product_cost", subject_id=variant.pk).order_by("id")
    assert [event.changes["amount"] for event in events] == [[None, "40.00"], ["40.00", "41.00"]]


def test_nothing_is_written_when_the_cost_is_the_same():
    admin, variant = make_actor(), make_variant()
    for _ in range(2):
        set_product_cost(actor=admin, variant_id=variant.pk, amount=Decimal(40), valid_from_on=today())
    assert Event.objects.filter(subject="finance.product_cost").count() == 1


def test_all_or_none_are_set_when_one_cost_is_absurd():
    admin, one, two = make_actor(), make_variant(), make_variant()
    with pytest.raises(Invalid):
        set_product_costs(actor=admin, amounts={one.pk: Decimal(1), two.pk: Decimal(-1)}, valid_from_on=today())
    assert not ProductCost.objects.exists()


@pytest.mark.parametrize("amount", ["-0.01", "1000000.01", "NaN", "Infinity", "-Infinity"])
def test_cost_is_refused_when_absurd(amount):
    with pytest.raises(Invalid) as caught:
        set_product_cost(
            actor=make_actor(), variant_id=make_variant().pk, amount=Decimal(amount), valid_from_on=today()
        )
    assert caught.value.field == "amount"


@pytest.mark.parametrize("day", [date(2009, 12, 31), date(1926, 1, 1), date(2126, 1, 1)])
def test_cost_is_refused_when_its_day_is_absurd(day):
    with pytest.raises(Invalid) as caught:
        set_product_cost(actor=make_actor(), variant_id=make_variant().pk, amount=Decimal(1), valid_from_on=day)
    assert caught.value.field == "valid_from_on"


def test_cost_is_refused_when_the_variant_does_not_exist():
    with pytest.raises(NotFound):
        set_product_cost(actor=make_actor(), variant_id=0, amount=Decimal(1), valid_from_on=today())


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_costs_and_fees_are_closed_when_the_role_is_not_admin(role):
    admin, other, variant = make_actor(), make_actor(role), make_variant()
    carrier = Carrier.objects.create(name="Atlas Colis")
    set_product_cost(actor=admin, variant_id=variant.pk, amount=Decimal(40), valid_from_on=today())
    set_carrier_fee(
        actor=admin,
        carrier_id=carrier.pk,
        delivered_amount=Decimal(35),
        returned_amount=Decimal(10),
        valid_from_on=today(),
    )
    with pytest.raises(NotAllowed):
        set_product_cost(actor=other, variant_id=variant.pk, amount=Decimal(1), valid_from_on=today())
    with pytest.raises(NotAllowed):
        set_carrier_fee(
            actor=other,
            carrier_id=carrier.pk,
            delivered_amount=Decimal(1),
            returned_amount=Decimal(1),
            valid_from_on=today(),
        )
    assert product_costs(other) == []
    assert carrier_fees(other) == []
    assert not ProductCost.objects.visible_to(other).exists()
    assert not CarrierFee.objects.visible_to(other).exists()


def test_fee_has_its_own_history_when_a_carrier_changes_its_prices():
    admin, carrier = make_actor(), Carrier.objects.create(name="Rif Express")
    for back, delivered in [(20, "30"), (5, "35"), (5, "36")]:
        set_carrier_fee(
            actor=admin,
            carrier_id=carrier.pk,
            delivered_amount=Decimal(delivered),
            returned_amount=Decimal(10),
            valid_from_on=today() - timedelta(days=back),
        )
    (row,) = carrier_fees(admin)
    assert [fee.delivered_amount for fee in row.fees] == [36, 30]
    assert row.current.delivered_amount == 36
    last = Event.objects.filter(subject="finance.carrier_fee").latest("id")
    assert last.changes["delivered_amount"] == ["35.00", "36.00"]
    assert "returned_amount" not in last.changes
