"""Two orders of one client become one, or are told apart for good."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from commanda.audit.models import Event
from commanda.confirmation.models import QueueEntry
from commanda.confirmation.services.log_call import log_call
from commanda.customers.models import City
from commanda.insights.books import assert_books_balance
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.orders.models import Order, OrderBilling
from commanda.orders.selectors import client_record
from commanda.orders.services.annotate import add_comment, tag_orders
from commanda.orders.services.attachments import attach_to_order
from commanda.orders.services.create import create_order
from commanda.orders.services.merge import keep_apart, merge_orders, part_order
from commanda.orders.services.transition import transition_order
from commanda.stock.models import StockLevel
from tests.factories import make_actor, make_order, make_user, make_variant, order_draft

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
PHONE = "+212661000001"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def tea():
    return make_variant(name="Théière", price="100.00", stock=50)


def pair(variant, states=("new", "new"), **later):
    first = make_order((variant, 1), phone_e164=PHONE, state=states[0], customer_name="", address="")
    second = make_order((variant, 2), phone_e164=PHONE, state=states[1], **later)
    return first, second


def merge(keep, merged, *, take_lines=False, actor=SYSTEM, **more):
    return merge_orders(actor=actor, keep_id=keep.pk, merge_id=merged.pk, take_lines=take_lines, **more)


def fresh(order):
    return Order.objects.select_related("state").get(pk=order.pk)


def level(variant):
    found = StockLevel.objects.get(pk=variant.pk)
    return found.reserved


def test_second_order_is_flagged_and_merged_when_a_person_decides(tea):
    city = City.objects.first()
    first, second = pair(tea, customer_name="Salma", city_id=city.pk, address="Rue 7", note="le soir")
    assert second.possible_duplicate_of == first
    merge(first, second)
    first, second = fresh(first), fresh(second)
    assert (second.state.slug, second.merged_into, second.possible_duplicate_of) == ("duplicate", first, None)
    assert (first.customer_name, first.city, first.address, first.note) == ("Salma", city, "Rue 7", "le soir")
    assert [line.quantity for line in first.lines.all()] == [1]
    assert not QueueEntry.objects.filter(order=second).exists()
    assert QueueEntry.objects.filter(order=first).exists()
    names = dict(Event.objects.filter(name__in=["order.merged", "order.absorbed"]).values_list("name", "subject_id"))
    assert names == {"order.merged": second.pk, "order.absorbed": first.pk}
    assert_books_balance()


def test_own_fields_stay_when_both_orders_have_them(tea):
    first = make_order(tea, phone_e164=PHONE, customer_name="Salma", address="Rue 1")
    second = make_order(tea, phone_e164=PHONE, customer_name="Salma B.", address="Rue 2", phone2_e164="+212661000009")
    merge(second, first)
    second = fresh(second)
    assert (second.customer_name, second.address, second.phone2_e164) == ("Salma B.", "Rue 2", "+212661000009")
    assert second.possible_duplicate_of is None


def test_lines_prices_discount_and_delivery_are_joined_when_they_are_taken(tea):
    rug = make_variant(name="Tapis", price="300.00", stock=9)
    first = make_order((tea, 1), phone_e164=PHONE, discount_amount=Decimal(10), delivery_amount=Decimal(20))
    second = make_order((tea, 2), rug, phone_e164=PHONE, discount_amount=Decimal(5), delivery_amount=Decimal(35))
    merge(first, second, take_lines=True)
    first = fresh(first)
    assert sorted((line.sku, line.quantity) for line in first.lines.all()) == sorted([(tea.sku, 3), (rug.sku, 1)])
    assert (first.discount_amount, first.delivery_amount) == (15, 35)
    assert first.total_amount == 300 + 300 - 15 + 35
    assert_books_balance()


@pytest.mark.parametrize(
    ("states", "take_lines", "reserved"),
    [
        (("confirmed", "new"), False, 1),
        (("confirmed", "new"), True, 3),
        (("confirmed", "confirmed"), False, 1),
        (("confirmed", "confirmed"), True, 3),
        (("new", "confirmed"), True, 0),
    ],
)
def test_reservation_follows_when_confirmed_orders_are_merged(tea, states, take_lines, reserved):
    first, second = pair(tea, states)
    merge(first, second, take_lines=take_lines)
    assert level(tea) == reserved
    assert fresh(second).state.slug == "duplicate"
    assert_books_balance()


def test_last_units_suffice_when_they_were_reserved_by_the_order_that_goes():
    lamp = make_variant(stock=3)
    first, second = pair(lamp, ("confirmed", "confirmed"))
    merge(first, second, take_lines=True)
    assert level(lamp) == 3


def test_comments_and_tags_are_carried_over_and_calls_stay_within_reach(tea):
    first, second = pair(tea)
    add_comment(actor=SYSTEM, order_id=second.pk, text="Veut la rouge")
    tag_orders(actor=SYSTEM, order_ids=[first.pk], add=["vip"])
    tag_orders(actor=SYSTEM, order_ids=[second.pk], add=["vip", "blacklist"])
    log_call(actor=make_actor("admin"), order_id=second.pk, outcome="no_answer")
    merge(first, second)
    assert [comment.text for comment in first.comments.all()] == [f"[{second.reference}] Veut la rouge"]
    assert second.comments.count() == 1
    assert fresh(first).tags == ["vip", "blacklist"]
    assert second.calls.count() == 1


@pytest.mark.parametrize(
    ("own_hours", "due_hours"),
    [(None, 3), (2, 2), (5, 3)],
)
def test_promised_call_is_made_when_its_order_is_merged(tea, own_hours, due_hours):
    first, second = pair(tea)
    promise(second, 3)
    if own_hours:
        promise(first, own_hours)
    merge(first, second)
    entry = QueueEntry.objects.get()
    assert (entry.order, entry.is_callback, entry.due_at) == (first, True, AT + timedelta(hours=due_hours))
    assert_books_balance()


def test_promised_call_comes_to_nothing_when_the_kept_order_waits_for_none_or_for_a_supervisor(tea):
    first, second = pair(tea, ("confirmed", "new"))
    promise(second, 3)
    merge(first, second)
    assert not QueueEntry.objects.exists()
    pinned, third = make_order(tea, phone_e164="+212661000003"), make_order(tea, phone_e164="+212661000003")
    promise(third, 3)
    QueueEntry.objects.filter(order=pinned).update(is_pinned=True, due_at=AT)
    merge(pinned, third)
    assert (QueueEntry.objects.get().is_pinned, QueueEntry.objects.get().due_at) == (True, AT)


def test_quantities_are_not_joined_when_they_exceed_what_an_order_takes(tea):
    first, second = (make_order((tea, 600), phone_e164=PHONE) for _order in range(2))
    with pytest.raises(Invalid) as refused:
        merge(first, second, take_lines=True)
    assert refused.value.code == "bad_quantity"
    assert fresh(second).merged_into is None


def promise(order, hours):
    QueueEntry.objects.filter(order=order).update(is_callback=True, due_at=AT + timedelta(hours=hours))


@pytest.mark.parametrize("paid", [0, 1])
def test_lines_are_not_joined_when_they_are_paid_in_two_ways(tea, paid):
    orders = pair(tea)
    OrderBilling.objects.create(order=orders[paid], payment_method="transfer")
    with pytest.raises(Conflict) as refused:
        merge(*orders, take_lines=True)
    assert refused.value.code == "paid_differently"
    assert fresh(orders[1]).merged_into is None


def test_lines_are_joined_when_both_are_paid_at_the_door(tea):
    first, second = pair(tea)
    OrderBilling.objects.create(order=first, company_name="Atlas SARL")
    merge(first, second, take_lines=True)
    assert fresh(first).total_amount == 300


def test_billing_and_files_are_carried_over_when_the_kept_order_has_none(tea, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    first, second = pair(tea)
    OrderBilling.objects.create(order=second, payment_method="transfer", company_name="Atlas SARL")
    pdf = SimpleUploadedFile("virement.pdf", b"%PDF-1.4\n%%EOF\n")
    attach_to_order(actor=SYSTEM, order_id=second.pk, file=pdf, kind="proof")
    add_comment(actor=SYSTEM, order_id=second.pk, text="Avec photo", files=[pdf_again(pdf)])
    merge(first, second)
    for order in (first, second):
        billing = OrderBilling.objects.get(order=order)
        assert (billing.payment_method, billing.company_name) == ("transfer", "Atlas SARL")
        files = list(order.attachments.order_by("kind"))
        assert [file.kind for file in files] == ["file", "proof"]
        assert [file.comment and file.comment.order_id for file in files] == [order.pk, None]
        assert all(file.file.read().startswith(b"%PDF") for file in files)


def pdf_again(pdf):
    pdf.seek(0)
    return pdf


def test_merged_order_is_none_of_the_clients_past(tea):
    first, second = pair(tea)
    make_order(tea, phone_e164=PHONE, state="cancelled")
    merge(first, second)
    assert client_record(first) == {"total": 1, "delivered": 0, "returned": 0, "cancelled": 1}


def test_third_order_points_to_the_one_that_is_kept(tea):
    first, second = pair(tea)
    third = make_order(tea, phone_e164=PHONE)
    assert third.possible_duplicate_of == first
    merge(second, first)
    assert fresh(third).possible_duplicate_of == second


@pytest.mark.parametrize("states", [("shipped", "new"), ("new", "shipped"), ("cancelled", "new"), ("new", "delivered")])
def test_merging_is_refused_when_one_has_left_the_house(tea, states):
    first, second = pair(tea, states)
    with pytest.raises(Conflict) as refused:
        merge(first, second)
    assert refused.value.code == "order_locked"
    assert fresh(second).merged_into is None


def test_merging_is_refused_when_it_is_done_already_or_makes_no_sense(tea):
    first, second = pair(tea)
    third = make_order(tea, phone_e164=PHONE)
    stranger = make_order(tea)
    with pytest.raises(Invalid) as refused:
        merge(first, stranger)
    assert refused.value.code == "two_clients"
    with pytest.raises(Invalid):
        merge(first, first)
    with pytest.raises(Conflict) as refused:
        merge(first, second, expected={second.pk: "to_confirm"})
    assert refused.value.code == "state_changed"
    merge(first, second, expected={first.pk: "new", second.pk: "new"})
    for keep, merged in ((first, second), (second, third)):
        with pytest.raises(Conflict) as refused:
            merge(keep, merged)
        assert refused.value.code == "already_merged"


def test_merging_takes_the_right_to_assign_and_to_see_both(tea):
    first, second = pair(tea)
    agent = make_user("agent")
    with pytest.raises(NotAllowed):
        merge(first, second, actor=agent.as_actor())
    agent.role.permissions = [*agent.role.permissions, "orders.assign"]
    agent.role.save()
    with pytest.raises(NotFound):
        merge(first, second, actor=type(agent).objects.get(pk=agent.pk).as_actor())
    merge(first, second, actor=make_actor("supervisor"))


def test_nothing_is_changed_when_the_joined_lines_are_not_in_stock():
    lamp = make_variant(stock=2)
    first, second = pair(lamp, ("confirmed", "new"))
    with pytest.raises(Conflict):
        merge(first, second, take_lines=True)
    assert (fresh(second).state.slug, level(lamp)) == ("new", 1)


def test_merged_order_cannot_be_moved_until_it_is_parted(tea):
    first, second = pair(tea)
    merge(first, second)
    with pytest.raises(Conflict) as refused:
        transition_order(actor=SYSTEM, order_id=second.pk, to="confirmed")
    assert refused.value.code == "order_merged"
    part_order(actor=SYSTEM, order_id=second.pk)
    second = fresh(second)
    assert (second.state.slug, second.merged_into) == ("to_confirm", None)
    assert QueueEntry.objects.filter(order=second).exists()
    with pytest.raises(Conflict):
        part_order(actor=SYSTEM, order_id=second.pk)
    assert_books_balance()


def test_mark_goes_for_good_when_they_are_two_orders(tea):
    first, second = pair(tea)
    with pytest.raises(NotAllowed):
        keep_apart(actor=make_actor("agent"), order_id=second.pk)
    keep_apart(actor=SYSTEM, order_id=second.pk)
    keep_apart(actor=SYSTEM, order_id=second.pk)
    assert fresh(second).possible_duplicate_of is None
    told = Event.objects.filter(name="order.kept_apart").values_list("subject_id", flat=True)
    assert set(told) == {first.pk, second.pk}
    assert len(told) == 2


def test_client_who_orders_again_is_flagged_by_the_kept_order_not_the_merged_one(tea):
    first, second = pair(tea)
    merge(second, first)
    third = create_order(actor=SYSTEM, draft=order_draft(tea, phone_e164=PHONE))
    assert third.possible_duplicate_of_id == second.pk
