"""The grid of the inbox: what it shows of a row, and what its forms do."""

import pytest
from django.urls import reverse

from commanda.catalog.models import Alias
from commanda.customers.models import City, Customer
from commanda.customers.services.edit import block_customer
from commanda.intake.models import StagedRow
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import make_source, read, row, sheet
from tests.web.inbox import HTMX, cards, cell, mend, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("admin")]
SYSTEM = system_actor("test")


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


def test_row_becomes_an_order_when_its_cell_is_mended(client):
    read(make_source(), sheet(row(1, telephone="#ERROR!")))
    still = mend(client, phone="06")
    assert still.status_code == 422
    assert 'value="06"' in still.content.decode()
    done = mend(client, phone="06 11 22 33 44")
    assert str(Order.objects.get()) in done.content.decode()
    assert Order.objects.get().phone_e164 == "+212611223344"


def test_cells_are_shown_with_what_is_wrong_and_the_whole_row(client):
    read(make_source(), [[*sheet(row(1))[0], "Fbclid"], [*row(1, telephone="#ERROR!"), "IwAR-7"]])
    (card,) = cards(client)
    wrong = [shown for shown in card.lines[0].cells if shown.is_wrong]
    assert [(shown.field, shown.value) for shown in wrong] == [("phone", "#ERROR!")]
    assert wrong[0].message
    assert ("Fbclid", "IwAR-7") in card.original[0][1]
    text = client.get(reverse("intake_inbox")).content.decode()
    assert "IwAR-7" in text
    assert 'aria-invalid="true"' in text


def test_only_what_was_changed_counts_when_the_whole_page_is_saved(client):
    read(
        make_source(),
        sheet(row(1, telephone="x"), row(2, telephone="y"), row(3, telephone="z"), row(4, telephone="0", quantite="?")),
    )
    page = client.get(reverse("intake_inbox"))
    sent = {shown.name: shown.value for card in page.context["cards"] for shown in card.lines[0].cells}
    changed = {cell("phone", 1): "0611111111", cell("phone", 2): "0622222222", cell("phone", 4): "0644444444"}
    answer = client.post(reverse("intake_inbox_save"), sent | changed, follow=True, headers={"Accept-Language": "en"})
    assert [waiting(number).status for number in (1, 2, 3, 4)] == ["imported", "imported", "rejected", "rejected"]
    assert waiting(3).corrections == {}
    assert waiting(4).corrections == {"0": {"phone": "0644444444"}}
    told = [str(message) for message in answer.context["messages"]]
    assert len(told) == 3
    assert any("quantity" in text for text in told)


def test_each_saved_row_comes_back_with_its_result_when_the_browser_asks_for_parts(client):
    read(make_source(), sheet(row(1, telephone="x"), row(2, telephone="y")))
    sent = {cell("phone", 1): "0611111111", cell("phone", 2): "061", "columns": "phone,name"}
    text = client.post(reverse("intake_inbox_save"), sent, headers=HTMX).content.decode()
    assert text.count('hx-swap-oob="true"') == 2
    assert str(Order.objects.get()) in text
    assert 'value="061"' in text


def test_line_breaks_of_a_cell_survive_when_it_is_sent_back_unchanged(client, watch):
    make_variant(name="Sac Rif", sku="RIF")
    read(make_source(), sheet(row(1, telephone="x", produit="Montre Atlas\nSac Rif", quantite="", prix="")))
    sent = {cell("product"): "Montre Atlas\r\nSac Rif", cell("phone"): "0611111111"}
    client.post(reverse("intake_row_mend", args=[waiting().pk]), sent)
    assert waiting().corrections == {"0": {"phone": "0611111111"}}
    assert Order.objects.get().lines.count() == 2


def test_suggestion_is_taken_when_its_button_is_pressed(client):
    variant = make_variant(name="Sac Chefchaouen")
    read(make_source(), sheet(row(1, produit="Sac Chefchaouan")))
    (choice, *_others) = cards(client)[0].problems[0].choices
    assert choice.label == "Sac Chefchaouen"
    sent = {"pick": choice.value, "remember": "on", cell("product"): "Sac Chefchaouan"}
    client.post(reverse("intake_row_mend", args=[waiting().pk]), sent)
    assert Order.objects.get().lines.get().variant == variant
    assert Alias.objects.get().text == "Sac Chefchaouan"


def test_other_number_becomes_the_second_phone_when_a_cell_holds_two(client):
    read(make_source(), sheet(row(1, telephone="0611111111 / 0622222222")))
    second = cards(client)[0].problems[0].choices[1]
    client.post(reverse("intake_row_mend", args=[waiting().pk]), {"pick": second.value})
    order = Order.objects.get()
    assert (order.phone_e164, order.phone2_e164) == ("+212622222222", "+212611111111")


def test_name_and_phone_are_split_in_one_click_when_they_are_glued(client):
    read(make_source(), sheet(row(1, telephone="#ERROR!", nom="\u200fSalma Exemple 0612-34-56-78")))
    (choice,) = cards(client)[0].problems[0].choices
    assert "Salma Exemple" in choice.label
    client.post(reverse("intake_row_mend", args=[waiting().pk]), {"pick": choice.value})
    order = Order.objects.get()
    assert (order.customer_name, order.phone_e164) == ("Salma Exemple", "+212612345678")


def test_number_in_another_cell_is_offered_when_the_phone_is_missing(client):
    read(make_source(), sheet(row(1, telephone="", remarque="appeler 0612345678 svp")))
    (choice,) = cards(client)[0].problems[0].choices
    client.post(reverse("intake_row_mend", args=[waiting().pk]), {"pick": choice.value})
    assert Order.objects.get().phone_e164 == "+212612345678"


@pytest.mark.parametrize(
    "pick", ["", "x", "[]", "{}", '{"row": "1"}', '{"row": 1, "place": 0, "texts": 3}', "9" * 5000]
)
def test_nothing_breaks_when_a_pressed_button_sends_nonsense(client, pick):
    read(make_source(), sheet(row(1, telephone="x")))
    assert client.post(reverse("intake_row_mend", args=[waiting().pk]), {"pick": pick}).status_code == 302
    assert waiting().status == "rejected"


@pytest.mark.parametrize("typed", ["Montre Atlas · ATLAS", "atlas", "MONTRE ATLAS"])
def test_typed_product_is_a_choice_that_is_remembered_when_asked(client, typed):
    read(make_source(), sheet(row(1, produit="Inconnu"), row(2, produit="Inkonnu")))
    mend(client, product=typed)
    assert Order.objects.get().lines.get().sku == "ATLAS"
    assert Alias.objects.get().text == "Inconnu"
    client.post(reverse("intake_row_mend", args=[waiting(2).pk]), {cell("product", 2): typed})
    assert Alias.objects.count() == 1


def test_row_says_so_when_the_typed_product_does_not_exist(client):
    read(make_source(), sheet(row(1, produit="Inconnu")))
    answer = mend(client, product="Tapis volant")
    assert answer.status_code == 422
    assert "“Tapis volant” is not known" in answer.content.decode()


def test_city_is_set_and_remembered_when_an_imported_row_is_settled(client):
    read(make_source(), sheet(row(1, ville="Rabbbat")))
    (card,) = cards(client, status="look")
    assert [shown.field for shown in card.lines[0].cells if shown.is_editable] == ["city"]
    address = reverse("intake_row_settle", args=[waiting().pk])
    refused = client.post(address, {cell("city"): "Nulle part"}, headers=HTMX)
    assert refused.status_code == 422
    assert "no city called" in refused.content.decode()
    assert client.post(address, {cell("city"): "Rabat", "remember": "on"}).status_code == 302
    assert Order.objects.get().city == City.objects.get(slug="rabat")
    assert not cards(client)


def test_row_is_set_aside_and_taken_back(client):
    read(make_source(), sheet(row(1, telephone="x")))
    address = reverse("intake_row_ignore", args=[waiting().pk])
    reason = f"reason-{waiting().pk}"
    assert client.post(address, {reason: ""}, headers=HTMX).status_code == 422
    assert "Undo" in client.post(address, {reason: "Un essai"}, headers=HTMX).content.decode()
    assert waiting().status == "ignored"
    assert [card.row.ignored_reason for card in cards(client, status="aside")] == ["Un essai"]
    client.post(reverse("intake_row_reopen", args=[waiting().pk]))
    assert waiting().status == "rejected"


def blocked_order(number=1):
    phone = f"+2126{number:08d}"
    read(make_source("Avant"), sheet(row(number)))
    block_customer(
        actor=SYSTEM, customer_id=Customer.objects.get(phone_e164=phone).pk, is_blocked=True, reason="Refuse toujours"
    )
    read(make_source("Après"), sheet(row(number, order_id="B1")))
    return StagedRow.objects.get(key="x:B1")


def test_order_of_a_blocked_client_waits_to_be_looked_at_with_the_reason(client):
    staged = blocked_order()
    (card,) = cards(client, status="look")
    assert card.row == staged
    told = [told.message for told in card.problems if told.problem.code == "client_blocked"]
    assert "Refuse toujours" in told[0]
    assert f"{Customer.objects.get().blocked_at:%Y}" in told[0]
    client.post(reverse("intake_row_settle", args=[staged.pk]), {"action": "seen"})
    assert staged.order.state.slug == "new"
    assert staged.order.tags == ["blacklist"]
    assert not cards(client)


def test_order_of_a_blocked_client_is_cancelled_with_a_reason(client):
    staged = blocked_order()
    address = reverse("intake_row_settle", args=[staged.pk])
    refused = client.post(address, {"action": "cancel"}, headers=HTMX)
    assert refused.status_code == 422
    client.post(address, {"action": "cancel", f"reason-{staged.pk}": "Liste noire"}, headers=HTMX)
    order = Order.objects.select_related("state").get(pk=staged.order_id)
    assert (order.state.slug, order.reason_text) == ("cancelled", "Liste noire")
    assert not cards(client)
