import pytest

from commanda.audit.models import Event
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Conflict, Invalid, NotAllowed
from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.stock.errors import OutOfStock
from commanda.stock.models import StockDocument, StockLevel, StockMovement
from commanda.stock.services.documents import (
    StockLine,
    adjust_stock,
    count_stock,
    receive_stock,
    release_quarantine,
)
from tests.factories import make_actor, make_bundle, make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def level(variant):
    row = StockLevel.objects.get(pk=variant.pk)
    return row.on_hand, row.reserved, row.in_transit, row.quarantine, row.available


def in_quarantine(variant, quantity):
    order = make_order((variant, quantity), state="returned")
    line = order.lines.get()
    inspect_return(actor=SYSTEM, order_id=order.pk, verdicts=[Verdict(line.pk, quarantine_qty=quantity)])


def test_units_are_on_hand_when_received():
    one, two = make_variant(stock=1), make_variant()
    document = receive_stock(
        actor=make_actor("admin"),
        lines=[StockLine(one.pk, 5), StockLine(two.pk, 7)],
        supplier=" Atelier ",
        reference="BR-1",
    )
    assert (level(one)[0], level(two)[0]) == (6, 7)
    assert (document.supplier, document.movements.count()) == ("Atelier", 2)
    assert Event.objects.filter(name="stock.receipt", subject_id=document.pk).exists()


def test_shelf_is_what_was_counted_whatever_is_on_the_road():
    variant = make_variant(stock=10)
    make_order((variant, 4), state="shipped")
    make_order((variant, 2), state="confirmed")
    count_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 5)], note="inventaire")
    assert level(variant) == (9, 2, 4, 0, 3)
    assert StockMovement.objects.filter(kind="count").get().on_hand_qty == -1


def test_count_is_refused_when_promised_units_would_be_missing():
    variant = make_variant(stock=10)
    make_order((variant, 4), state="confirmed")
    with pytest.raises(OutOfStock):
        count_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 3)])
    assert level(variant) == (10, 4, 0, 0, 6)


def test_count_is_refused_when_units_moved_since_they_were_compared():
    variant = make_variant(stock=10)
    with pytest.raises(Conflict):
        count_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 8)], seen={variant.pk: 9})
    assert level(variant)[0] == 10
    count_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 8)], seen={variant.pk: 10})
    assert level(variant)[0] == 8


@pytest.mark.parametrize(("kind", "expected"), [("damage", 7), ("loss", 7), ("found", 13)])
def test_shelf_changes_when_adjusted(kind, expected):
    variant = make_variant(stock=10)
    adjust_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 3)], kind=kind, note="carton mouillé")
    assert level(variant)[0] == expected


@pytest.mark.parametrize(
    "fields",
    [{"note": " "}, {"kind": "theft"}, {"kind": "receipt"}, {"lines": []}, {"quantity": 0}, {"quantity": -3}],
)
def test_adjustment_is_refused_when_the_input_is_wrong(fields):
    variant = make_variant(stock=10)
    quantity = fields.pop("quantity", 1)
    values = {"lines": [StockLine(variant.pk, quantity)], "kind": "damage", "note": "x", **fields}
    with pytest.raises(Invalid):
        adjust_stock(actor=SYSTEM, **values)
    assert level(variant)[0] == 10


@pytest.mark.parametrize(("to_stock", "expected"), [(True, (9, 0, 0, 1, 9)), (False, (7, 0, 0, 1, 7))])
def test_quarantine_ends_on_the_shelf_or_as_a_loss(to_stock, expected):
    variant = make_variant(stock=10)
    in_quarantine(variant, 3)
    assert level(variant) == (7, 0, 0, 3, 7)
    release_quarantine(actor=SYSTEM, variant_id=variant.pk, quantity=2, to_stock=to_stock)
    assert level(variant) == expected
    with pytest.raises(Invalid):
        release_quarantine(actor=SYSTEM, variant_id=variant.pk, quantity=2, to_stock=to_stock)


def test_documents_are_refused_when_the_actor_may_not_or_it_is_a_bundle():
    variant = make_variant(stock=10)
    bundle = make_bundle({variant: 2})
    for role in ("supervisor", "agent", "buyer"):
        with pytest.raises(NotAllowed):
            receive_stock(actor=make_actor(role), lines=[StockLine(variant.pk, 1)])
    for lines in ([StockLine(bundle.pk, 1)], [StockLine(variant.pk, 1), StockLine(variant.pk, 2)]):
        with pytest.raises(Invalid):
            receive_stock(actor=SYSTEM, lines=lines)
    assert StockDocument.objects.count() == 1
