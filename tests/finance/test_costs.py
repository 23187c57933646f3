from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from commanda.audit.models import Event
from commanda.finance.cost_selectors import cost_history, cost_rows, costed_variants, missing_costs
from commanda.finance.models import CarrierFee, ProductCost
from commanda.finance.selectors import carrier_fees
from commanda.finance.services.costs import (
    UnitCost,
    remove_product_cost,
    set_carrier_fee,
    set_costs,
    set_product_cost,
    set_product_costs,
)
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from commanda.shipping.models import Carrier
from tests.factories import make_actor, make_bundle, make_variant

pytestmark = pytest.mark.django_db


def cost(variant, amount="40", *, back=0, landed="0", actor=None):
    return set_product_cost(
        actor=actor or make_actor(),
        variant_id=variant.pk,
        amount=Decimal(amount),
        landed_amount=Decimal(landed),
        valid_from_on=today() - timedelta(days=back),
    )


def row_of(variant):
    (row,) = cost_rows(make_actor(), [variant])
    return row


def test_cost_is_kept_with_its_day_and_author_when_an_admin_sets_it():
    admin, variant = make_actor(), make_variant()
    cost(variant, "45.005", landed="4.5", actor=admin)
    found = ProductCost.objects.get()
    assert (found.purchase_amount, found.landed_amount, found.amount) == (
        Decimal("45.01"),
        Decimal("4.50"),
        Decimal("49.51"),
    )
    assert (found.variant_id, found.valid_from_on, found.set_by_id) == (variant.pk, today(), admin.user_id)
    assert found.set_at is not None


def test_history_stays_when_the_cost_changes():
    admin, variant = make_actor(), make_variant()
    for back, amount in [(30, "40"), (0, "50"), (-10, "60")]:
        cost(variant, amount, back=back)
    periods = cost_history(admin, variant.pk).periods
    assert [(period.cost.amount, period.is_current, period.is_planned) for period in periods] == [
        (60, False, True),
        (50, True, False),
        (40, False, False),
    ]
    assert [period.last_on for period in periods] == [
        None,
        today() + timedelta(days=9),
        today() - timedelta(days=1),
    ]


def test_cost_is_replaced_when_set_again_for_the_same_day():
    variant = make_variant()
    cost(variant, "40")
    cost(variant, "41", landed="2")
    found = ProductCost.objects.get()
    assert (found.purchase_amount, found.amount) == (41, 43)
    events = Event.objects.filter(subject="finance.product_cost", subject_id=variant.pk).order_by("id")
    assert [event.changes["amount"] for event in events] == [[None, "40.00"], ["40.00", "43.00"]]
    assert events[1].changes["landed_amount"] == ["0.00", "2.00"]


def test_nothing_is_written_when_the_cost_is_the_same():
    variant = make_variant()
    cost(variant, landed="1")
    author = ProductCost.objects.get().set_by_id
    cost(variant, landed="1")
    assert Event.objects.filter(subject="finance.product_cost").count() == 1
    assert ProductCost.objects.get().set_by_id == author


def test_split_is_written_when_only_the_parts_change():
    variant = make_variant()
    cost(variant, "40")
    cost(variant, "30", landed="10")
    event = Event.objects.filter(subject="finance.product_cost").latest("id")
    assert "amount" not in event.changes
    assert event.changes["purchase_amount"] == ["40.00", "30.00"]


def test_all_or_none_are_set_when_one_cost_is_absurd():
    admin, one, two = make_actor(), make_variant(), make_variant()
    with pytest.raises(Invalid):
        set_product_costs(actor=admin, amounts={one.pk: Decimal(1), two.pk: Decimal(-1)}, valid_from_on=today())
    assert not ProductCost.objects.exists()


def test_two_costs_of_one_day_are_refused_when_set_together():
    variant = make_variant()
    costs = [UnitCost(variant.pk, Decimal(n), Decimal(0), today()) for n in (1, 2)]
    with pytest.raises(Invalid) as caught:
        set_costs(actor=make_actor(), costs=costs)
    assert caught.value.code == "twice_a_day"


@pytest.mark.parametrize("amount", ["-0.01", "1000000.01", "NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("field", ["amount", "landed_amount"])
def test_cost_is_refused_when_absurd(amount, field):
    amounts = {"amount": Decimal(1), "landed_amount": Decimal(1), field: Decimal(amount)}
    with pytest.raises(Invalid) as caught:
        set_product_cost(actor=make_actor(), variant_id=make_variant().pk, valid_from_on=today(), **amounts)
    assert caught.value.field == field


def test_cost_is_refused_when_both_parts_together_are_absurd():
    with pytest.raises(Invalid):
        cost(make_variant(), "600000", landed="600000")


@pytest.mark.parametrize("day", [date(2009, 12, 31), date(1926, 1, 1), date(2126, 1, 1)])
def test_cost_is_refused_when_its_day_is_absurd(day):
    with pytest.raises(Invalid) as caught:
        set_product_cost(actor=make_actor(), variant_id=make_variant().pk, amount=Decimal(1), valid_from_on=day)
    assert caught.value.field == "valid_from_on"


def test_cost_is_refused_when_the_variant_does_not_exist():
    with pytest.raises(NotFound):
        set_product_cost(actor=make_actor(), variant_id=0, amount=Decimal(1), valid_from_on=today())


def test_earlier_cost_is_valid_again_when_a_wrong_one_is_removed():
    admin, variant = make_actor(), make_variant()
    cost(variant, "40", back=9)
    cost(variant, "400", landed="1")
    remove_product_cost(actor=admin, variant_id=variant.pk, valid_from_on=today(), reason=" Un zéro de trop ")
    assert row_of(variant).amount == 40
    event = Event.objects.filter(name="finance.cost_removed").get()
    assert (event.subject_id, event.reason, event.changes["amount"]) == (
        variant.pk,
        "Un zéro de trop",
        ["401.00", None],
    )
    with pytest.raises(NotFound):
        remove_product_cost(actor=admin, variant_id=variant.pk, valid_from_on=today(), reason="Encore")


def test_cost_is_kept_when_no_reason_is_given():
    variant = make_variant()
    cost(variant)
    with pytest.raises(Invalid) as caught:
        remove_product_cost(actor=make_actor(), variant_id=variant.pk, valid_from_on=today(), reason="  ")
    assert caught.value.field == "reason"
    assert ProductCost.objects.exists()


def test_database_refuses_a_negative_part_when_written_past_the_services():
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductCost.objects.create(variant=make_variant(), purchase_amount=5, landed_amount=-1, valid_from_on=today())


def test_sum_cannot_be_written_by_hand():
    cost(make_variant())
    with pytest.raises(Exception, match="amount"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE finance_productcost SET amount = 1")


def test_bundle_costs_its_parts_when_it_has_no_cost_of_its_own():
    cup, spoon = make_variant(), make_variant()
    pack = make_bundle({cup: 2, spoon: 3}, price="100")
    cost(cup, "10", landed="1")
    assert row_of(pack).amount is None
    cost(spoon, "5")
    found = row_of(pack)
    assert (found.parts_amount, found.amount, found.margin_amount, found.margin_ratio) == (37, 37, 63, Decimal("0.63"))
    cost(pack, "30")
    assert row_of(pack).amount == 30
    assert row_of(pack).parts_amount == 37


def test_margin_is_not_told_when_there_is_no_cost_or_no_price():
    assert row_of(make_variant()).margin_ratio is None
    free = make_variant(price="0")
    cost(free, "5")
    assert (row_of(free).margin_amount, row_of(free).margin_ratio) == (-5, None)


def test_missing_costs_are_found_when_filtered():
    admin = make_actor()
    known, unknown, planned = make_variant(), make_variant(), make_variant()
    half, whole = make_bundle({known: 1, unknown: 1}), make_bundle({known: 2})
    cost(known)
    cost(planned, back=-3)
    found = set(costed_variants(admin, only_missing=True))
    assert found == {unknown, planned, half}
    assert missing_costs(admin) == 3
    assert whole in set(costed_variants(admin))


@pytest.mark.parametrize(
    ("search", "is_found"), [("tapis", True), ("RUG", True), ("tapis bleu", True), ("rouge", False)]
)
def test_variant_is_found_when_searched(search, is_found):
    make_variant(name="Tapis berbère", sku="RUG-77", color="Bleu")
    assert costed_variants(make_actor(), search=search).exists() == is_found


def test_variant_off_sale_is_listed_when_it_has_a_cost():
    admin, old, never = make_actor(), make_variant(is_active=False), make_variant(is_active=False)
    cost(old)
    assert old in costed_variants(admin)
    assert never not in costed_variants(admin)


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_costs_and_fees_are_closed_when_the_role_is_not_admin(role):
    admin, other, variant = make_actor(), make_actor(role), make_variant()
    carrier = Carrier.objects.create(name="Atlas Colis")
    cost(variant, actor=admin)
    fee = {"carrier_id": carrier.pk, "delivered_amount": Decimal(35), "returned_amount": Decimal(10)}
    set_carrier_fee(actor=admin, valid_from_on=today(), **fee)
    with pytest.raises(NotAllowed):
        cost(variant, "1", actor=other)
    with pytest.raises(NotAllowed):
        remove_product_cost(actor=other, variant_id=variant.pk, valid_from_on=today(), reason="Non")
    with pytest.raises(NotAllowed):
        set_carrier_fee(actor=other, valid_from_on=today(), **fee)
    assert not costed_variants(other).exists()
    assert cost_rows(other, [variant]) == []
    assert missing_costs(other) == 0
    assert carrier_fees(other) == []
    with pytest.raises(NotFound):
        cost_history(other, variant.pk)
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
