import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commanda.kernel.actor import system_actor
from commanda.kernel.errors import CommandaError
from commanda.orders.mentions import mentioned
from commanda.orders.models import Order
from commanda.orders.move_preview import previews
from commanda.orders.services.transition import transition_order
from commanda.stock.models import StockLevel
from tests.factories import make_bundle, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
STATES = ("new", "confirmed", "shipped", "delivered", "returned", "cancelled")


def levels():
    rows = StockLevel.objects.values_list("pk", "on_hand", "reserved", "in_transit", "quarantine", "available")
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("state", STATES)
def test_preview_says_what_the_move_then_does(state):
    """Every move out of every kind of state, bundles included, done for real and undone."""
    single, part = make_variant(stock=9), make_variant(stock=9)
    order = make_order((single, 2), (make_bundle({part: 3}), 1), state=state)
    found = previews(SYSTEM, order)
    assert found
    for preview in found:
        before = levels()
        with transaction.atomic():
            transition_order(actor=SYSTEM, order_id=order.pk, to=preview.target.slug, reason_text="essai")
            after = levels()
            moved = {pk: after[pk] for pk in after if after[pk] != before[pk]}
            assert {effect.variant_id for effect in preview.effects} == set(moved)
            for effect in preview.effects:
                change = tuple(
                    new - old for new, old in zip(after[effect.variant_id], before[effect.variant_id], strict=True)
                )
                delta = effect.delta
                assert change[:4] == (delta.on_hand, delta.reserved, delta.in_transit, delta.quarantine)
                assert effect.left == after[effect.variant_id][4]
                assert effect.units == {single.pk: 2, part.pk: 3}[effect.variant_id]
            transaction.set_rollback(True)
        order = Order.objects.get(pk=order.pk)


@pytest.mark.parametrize(("stock", "is_contacted"), [(0, True), (5, False), (5, True)])
def test_preview_refuses_exactly_what_the_move_refuses(stock, is_contacted):
    agent = make_user("agent")
    order = make_order((make_variant(stock=stock), 2), assignee_id=agent.pk)
    if is_contacted:
        Order.objects.filter(pk=order.pk).update(contacted_at=order.created_at)
        order.refresh_from_db()
    actor = agent.as_actor()
    for preview in previews(actor, order):
        try:
            transition_order(actor=actor, order_id=order.pk, to=preview.target.slug, reason_text="essai")
            code = None
        except CommandaError as error:
            code = error.code
        assert (preview.error.code if preview.error else None) == code, preview.target.slug
        Order.objects.filter(pk=order.pk).update(state=order.state, stage=order.stage)
        if preview.target.slug == "confirmed":
            break


def test_preview_asks_the_same_queries_for_1_and_20_lines():
    def count(number):
        order = make_order(*(make_variant(stock=3) for _n in range(number)))
        with CaptureQueriesContext(connection) as queries:
            assert previews(SYSTEM, order)
        return len(queries)

    assert count(1) == count(20) == 3


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@amina bennani, rappelle", ["Amina Bennani"]),
        ("Merci @Amina !", ["Amina"]),
        ("@Amina Bennani et @Amina", ["Amina Bennani", "Amina"]),
        ("@Élodie: vu", ["Élodie"]),
        ("شكرا @إيمان تجربة", ["إيمان تجربة"]),
        ("a@amina.ma", []),
        ("@Aminata", []),
        ("@", []),
    ],
)
def test_people_are_named_by_their_whole_name(text, names):
    people = [make_user("agent", name=name) for name in ("Amina", "Amina Bennani", "Élodie", "إيمان تجربة")]
    by_id = {person.pk: person.name for person in people}
    assert [by_id[pk] for pk in mentioned(text, people)] == names
