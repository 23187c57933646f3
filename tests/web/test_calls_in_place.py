"""What is done on the calls page beside the outcome: undoing, offers, prices, stock, forcing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from commanda.audit.models import Event
from commanda.catalog.models import Offer
from commanda.catalog.services.offers import OfferData, save_offer
from commanda.confirmation.models import Call, Lease
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is
from tests.factories import make_order, make_user, make_variant
from tests.web.calls import HTMX, form_of, order_of, url

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def tea(db):
    return make_variant(stock=9, name="Théière", price="200.00")


def offer_of(tea, **fields):
    data = OfferData(**{"price_amount": Decimal(349), "quantity": 2, "label_fr": "2 pour 349 DH"} | fields)
    return save_offer(actor=SYSTEM, product_id=tea.product_id, data=data)


def undo_url(call=None):
    return reverse("call_undo", args=[(call or Call.objects.get()).pk])


def test_undoing_is_offered_for_ten_seconds_when_an_outcome_was_sent(client, agent, tea):
    order = order_of(agent, tea)
    client.post(url(order), form_of(order, outcome="no_answer"))
    assert undo_url() in client.get(reverse("calls")).content.decode()
    with time_is(now() + timedelta(seconds=11)):
        assert undo_url() not in client.get(reverse("calls")).content.decode()


def test_order_comes_back_when_its_outcome_is_undone(client, agent, tea):
    order = order_of(agent, tea)
    client.post(url(order), form_of(order, outcome="confirmed"))
    answer = client.post(undo_url(), headers=HTMX)
    assert order.reference in answer.content.decode()
    assert "calls-changed" in answer["HX-Trigger"]
    order.refresh_from_db()
    assert (order.stage, Lease.objects.get().order_id) == ("new", order.pk)
    shown = client.get(url(order))
    assert [call.undone_at is not None for call in shown.context["calls"]] == [True]


def test_plain_form_leads_back_when_there_is_no_script(client, agent, tea):
    order = order_of(agent, tea)
    client.post(url(order), form_of(order, outcome="no_answer"))
    answer = client.post(undo_url())
    assert (answer.status_code, answer["Location"]) == (302, reverse("calls"))


def test_next_order_comes_with_the_reason_when_undoing_is_too_late(client, agent, tea):
    order = order_of(agent, tea)
    client.post(url(order), form_of(order, outcome="confirmed"))
    with time_is(now() + timedelta(seconds=16)):
        answer = client.post(undo_url(), headers=HTMX)
    assert answer.status_code == 200
    assert "warning" in answer["HX-Trigger"]
    order.refresh_from_db()
    assert order.stage == "confirmed"


def test_call_of_somebody_else_is_not_found_when_it_is_undone(client, agent, tea):
    order = order_of(agent, tea)
    client.post(url(order), form_of(order, outcome="no_answer"))
    client.force_login(make_user("agent"))
    assert client.post(undo_url()).status_code == 404


def test_answer_is_the_next_order_when_a_handed_over_one_is_sent_again(client, agent, tea):
    order, other = order_of(agent, tea), order_of(agent, tea)
    data = form_of(order, outcome="to_supervisor", comment="Prix de gros")
    for _ in range(2):
        answer = client.post(url(order), data, headers=HTMX)
        assert other.reference in answer.content.decode()
    assert "warning" not in answer["HX-Trigger"]
    assert Call.objects.count() == 1


def test_offer_is_taken_when_its_button_is_pressed(client, agent, tea):
    offer = offer_of(tea)
    order = order_of(agent, tea)
    shown = client.get(url(order))
    assert list(shown.context["offers"]) == [offer]
    answer = client.post(url(order), form_of(order, offer=str(offer.pk), comment="Intéressée"), headers=HTMX)
    order.refresh_from_db()
    assert (answer.status_code, order.total_amount) == (200, 349)
    assert answer.context["offers"] == []
    assert answer.context["form"]["comment"].value() == "Intéressée"
    assert not Call.objects.exists()


def test_nothing_is_lost_when_an_offer_is_no_longer_made(client, agent, tea):
    offer = offer_of(tea, is_active=False)
    order = order_of(agent, tea)
    answer = client.post(url(order), form_of(order, offer=str(offer.pk), address="4, rue Exemple"), headers=HTMX)
    assert answer.status_code == 422
    assert "4, rue Exemple" in answer.content.decode()


@pytest.mark.parametrize(
    ("price", "remark", "total"), [("185", "Fidèle", 185), ("185", "", None), ("90", "Geste", None)]
)
def test_price_is_held_within_the_limit_when_an_agent_changes_it(client, agent, tea, price, remark, total):
    order = order_of(agent, tea)
    (line,) = order.lines.all()
    answer = client.post(url(order), form_of(order, price_remark=remark) | {f"price_{line.pk}": price}, headers=HTMX)
    order.refresh_from_db()
    assert (answer.status_code, order.total_amount) == ((200, total) if total else (422, 200))
    if not total:
        assert answer.context["price_error"] or answer.context["form"].non_field_errors()


def test_stock_is_told_anew_when_the_page_asks(client, agent, tea):
    order = order_of(agent, tea)
    (line,) = order.lines.all()
    make_order((tea, 9), state="confirmed")
    text = client.get(reverse("call_stock", args=[order.reference])).content.decode()
    assert f'id="stock-{line.pk}"' in text
    assert 'data-available="0"' in text
    assert not Lease.objects.exists()


def test_products_are_found_when_something_is_typed(client, agent, tea):
    make_variant(name="Plateau")
    found = client.get(reverse("call_products"), {"q": "théi"}).json()["results"]
    assert [(row["value"], row["text"]) for row in found] == [(tea.pk, "Théière")]
    assert "200,00" in found[0]["detail"]


def test_nearest_cities_are_offered_when_the_name_is_unknown(client, agent, tea):
    order = order_of(agent, tea, city_text="Casablnca")
    answer = client.post(url(order), form_of(order, outcome="confirmed"), headers=HTMX)
    assert answer.status_code == 422
    assert "city" in answer.context["form"].errors
    assert "casablanca" in [city.slug for city in answer.context["suggested"]]
    assert answer.context["may_force"] is False


def test_city_is_offered_when_the_address_names_it(client, agent, tea):
    order = order_of(agent, tea, city_text="", address="Hay Mohammadi, derb 14 Tétouan")
    assert [city.slug for city in client.get(url(order)).context["suggested"]] == ["tetouan"]


def test_supervisor_forces_a_short_address_when_he_says_why(client, tea):
    supervisor = make_user("supervisor")
    client.force_login(supervisor)
    order = order_of(supervisor, tea, address="")
    answer = client.post(url(order), form_of(order, outcome="confirmed"), headers=HTMX)
    assert answer.context["may_force"] is True
    assert "force_reason" in answer.content.decode()
    client.post(url(order), form_of(order, outcome="confirmed", force_reason="Retrait en boutique"))
    order.refresh_from_db()
    assert order.stage == "confirmed"
    assert Event.objects.get(name="order.forced").reason == "Retrait en boutique"


def test_bar_tells_the_agents_day_when_it_is_fetched(client, agent, tea):
    order = order_of(agent, tea)
    client.post(url(order), form_of(order, outcome="confirmed"))
    day = client.get(reverse("calls_bar"), headers=HTMX).context["day"]
    assert (day.calls, day.confirmed) == (1, 1)


def test_offers_are_kept_on_the_product_page_when_an_admin_edits_them(client, tea):
    client.force_login(make_user("admin"))
    data = {"kind": "quantity", "quantity": "3", "price_amount": "499", "is_active": "on"}
    assert client.post(reverse("product_offer_new", args=[tea.product_id]), data).status_code == 302
    offer = Offer.objects.get()
    assert (offer.label, offer.price_amount) == ("3 × 499,00 DH".replace(" DH", "\u00a0DH"), 499)
    change = reverse("product_offer", args=[tea.product_id, offer.pk])
    assert client.post(change, data | {"label_fr": "3 pour 449 DH", "price_amount": "449"}).status_code == 302
    assert "3 pour 449 DH" in client.get(reverse("product", args=[tea.product_id])).content.decode()
    answer = client.post(change, data | {"quantity": "1"})
    assert answer.status_code == 422
    client.post(reverse("product_offer_remove", args=[offer.pk]))
    assert not Offer.objects.exists()
