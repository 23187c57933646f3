"""Entering orders on pages: read from a message, by the steps of a type, kept while unfinished."""

from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from commanda.customers.models import City
from commanda.orders.models import EntryDraft, Order, OrderAttachment, OrderComment, OrderType
from commanda.orders.services.attachments import attach_to_order
from tests.factories import make_actor, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF\n"
MESSAGE = "salam bghit 2 Lampe Atlas, Ahmed Alami, casa hay mohammadi rue 5 n 12, 0612345678"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def lamp():
    return make_variant(name="Lampe Atlas", sku="LMP-1", price="179.00", stock=5)


def quick(**fields):
    return {
        "once": uuid4().hex,
        "channel": "call",
        "store": "1",
        "lines-TOTAL_FORMS": "0",
        "lines-INITIAL_FORMS": "0",
    } | fields


def line(variant, quantity="1", number=0, **more):
    row = {"variant": str(variant.pk), "quantity": quantity, **more}
    return {f"lines-{number}-{name}": value for name, value in row.items()} | {"lines-TOTAL_FORMS": str(number + 1)}


def begin(client, slug):
    return client.post(reverse("entry_start", args=[slug])).url.split("/")[-3]


def send(client, draft_id, step, **fields):
    return client.post(reverse("entry_step", args=[draft_id, step]), fields)


def test_message_fills_the_form_and_the_order_is_the_agents(client, agent, lamp):
    answer = client.post(reverse("entry_read"), quick(message=MESSAGE), headers={"HX-Request": "true"})
    filled = answer.context["filled"]
    casa = City.objects.get(slug="casablanca")
    assert (filled.values["phone_e164"], filled.values["city"]) == ("06 12 34 56 78", str(casa.pk))
    assert filled.marks["customer_name"] == "unsure"
    assert filled.marks["phone_e164"] == filled.marks["lines"] == "sure"
    sent = {name: filled.values[name] for name in ("phone_e164", "customer_name", "city", "address", "channel", "note")}
    answer = client.post(reverse("order_new"), quick(message=MESSAGE, do="next", **sent, **line(lamp, "2")))
    order = Order.objects.latest("pk")
    assert answer.url == f"{reverse('order_new')}?made={order.reference}"
    assert (order.channel, order.assignee_id, order.city_id, order.total_amount) == ("whatsapp", agent.pk, casa.pk, 358)
    assert OrderComment.objects.get(order=order).text == MESSAGE
    assert order.order_type.slug == "b2c"


def test_message_never_overwrites_what_was_typed(client, agent, lamp):
    answer = client.post(reverse("entry_read"), quick(message=MESSAGE, customer_name="Moi-même", **line(lamp, "5")))
    assert answer.context["filled"].values["customer_name"] == "Moi-même"
    assert [row["quantity"] for row in answer.context["filled"].items] == ["5"]


def test_message_alone_is_read_before_it_is_saved(client, agent, lamp):
    answer = client.post(reverse("order_new"), quick(message=MESSAGE, do="next"))
    assert answer.status_code == 200
    assert answer.context["filled"].values["phone_e164"] == "06 12 34 56 78"
    assert not Order.objects.exists()


def test_doubtful_words_are_offered_and_not_taken(client, agent):
    make_variant(name="Montre Atlas", sku="M-1", color="Noir")
    make_variant(name="Montre Rif", sku="M-2")
    answer = client.post(reverse("entry_read"), quick(message="bghit 2 montre, marrakech wla casa"))
    filled = answer.context["filled"]
    assert not filled.items
    assert {variant.sku for variant in filled.variants} == {"M-1", "M-2"}
    assert filled.offered_quantity == 2
    assert {city.slug for city in filled.cities} == {"marrakech", "casablanca"}
    assert not filled.values["city"]


def test_client_is_found_by_phone_with_the_past_and_open_orders(client, agent, lamp):
    make_order(lamp, phone_e164="+212655001122", customer_name="Imane", assignee_id=agent.pk)
    text = client.get(reverse("entry_client"), {"phone_e164": "06 55 00 11 22"}).content.decode()
    assert "Imane" in text
    assert Order.objects.get().reference in text


def test_colleagues_client_is_counted_but_not_named(client, agent, lamp):
    order = make_order(lamp, phone_e164="+212655001122", customer_name="Imane Secret")
    answer = client.get(reverse("entry_client"), {"phone_e164": "0655001122"})
    text = answer.content.decode()
    assert answer.context["known"].hidden_number == 1
    assert "Imane" not in text
    assert order.reference not in text


def test_quick_draft_is_kept_and_goes_with_its_order(client, agent, lamp):
    data = quick(step="quick", customer_name="Imane", phone_e164="0655001122", **line(lamp, "3"))
    draft_id = UUID(data["once"])
    kept = client.post(reverse("entry_save", args=[draft_id]), data)
    assert kept.status_code == 204
    draft = EntryDraft.objects.get()
    assert (draft.pk, draft.title, draft.user) == (draft_id, "Imane", agent)
    page = client.get(client.get(reverse("entry_resume", args=[draft_id])).url)
    assert page.context["filled"].items[0]["quantity"] == "3"
    assert page.context["token"] == draft_id.hex
    client.post(reverse("order_new"), data | {"do": "next"})
    assert Order.objects.get().customer_name == "Imane"
    # A save that was on its way must not bring the finished draft back.
    client.post(reverse("entry_save", args=[draft_id]), data)
    assert not EntryDraft.objects.exists()


def test_search_tells_how_many_are_wanted(client, agent, lamp):
    found = client.get(reverse("entry_products"), {"q": "3 lampe"}).json()
    assert (found["quantity"], found["results"][0]["value"]) == (3, lamp.pk)
    assert client.get(reverse("entry_products"), {"q": "lampe x2"}).json()["quantity"] == 2
    assert client.get(reverse("entry_products"), {"q": "rien"}).json()["results"] == []


def test_number_is_a_quantity_when_only_a_sku_holds_it(client, agent):
    rug = make_variant(name="Tapis", sku="ART-2")
    found = client.get(reverse("entry_products"), {"q": "2 tapis"}).json()
    assert (found["quantity"], found["results"][0]["value"]) == (2, rug.pk)
    named = make_variant(name="Crème 3 en 1", sku="CR-1")
    found = client.get(reverse("entry_products"), {"q": "3 en 1"}).json()
    assert (found["quantity"], found["results"][0]["value"]) == (1, named.pk)


def test_several_are_added_at_once_without_scripts(client, agent, lamp):
    other = make_variant(name="Tapis", price="99.00")
    data = quick(do="add", pick=[lamp.pk, other.pk], **{f"pick_qty-{other.pk}": "4"})
    answer = client.post(reverse("order_new"), data)
    rows = [(form.chosen, form["quantity"].value()) for form in answer.context["lines"].shown]
    assert rows == [(lamp, "1"), (other, "4")]


def test_company_order_goes_through_all_steps_once(client, agent, lamp):
    rabat = City.objects.get(slug="rabat")
    draft_id = begin(client, "b2b")
    assert send(client, draft_id, "general", channel="back_office", store="1").url.endswith("/customer/")
    bad = send(client, draft_id, "customer", phone_e164="0612", company_name="Atlas", ice="12")
    assert bad.status_code == 422
    assert {"phone_e164", "ice", "contact_name", "city", "address"} <= set(bad.context["form"].errors)
    customer = {"phone_e164": "0655001122", "company_name": "Atlas SARL", "ice": "001234567000089"}
    customer |= {"contact_name": "Mme Tazi", "city": rabat.pk, "address": "Rue 5", "email": "a@example.com"}
    send(client, draft_id, "customer", **customer, language="ar")
    assert send(client, draft_id, "items", **{"lines-TOTAL_FORMS": "0"}).status_code == 422
    send(client, draft_id, "items", **line(lamp, "2"))
    missing = send(client, draft_id, "payment", payment_method="transfer")
    assert missing.context["form"].errors["proof"]
    proof = SimpleUploadedFile("virement.pdf", PDF)
    send(client, draft_id, "payment", payment_method="transfer", delivery_amount="35", proof=proof)
    overview = client.get(reverse("entry_step", args=[draft_id, "overview"]))
    assert overview.context["checked"].total_amount == 393
    first = send(client, draft_id, "overview", once=draft_id.replace("-", ""))
    order = Order.objects.get()
    assert first.url == reverse("order", args=[order.reference])
    assert (order.customer_name, order.billing.language, order.total_amount) == ("Mme Tazi", "ar", 393)
    assert OrderAttachment.objects.get().order == order
    assert send(client, draft_id, "overview", once=draft_id.replace("-", "")).status_code == 404
    assert Order.objects.count() == 1
    page = client.get(first.url).content.decode()
    assert "001234567000089" in page
    assert "virement.pdf" in page


def test_going_back_loses_nothing_even_what_is_wrong(client, agent):
    draft_id = begin(client, "b2c")
    answer = send(client, draft_id, "customer", phone_e164="061", customer_name="Imane", go="back")
    assert answer.url.endswith("/general/")
    page = client.get(reverse("entry_step", args=[draft_id, "customer"]))
    assert (page.context["form"]["phone_e164"].value(), page.context["form"]["customer_name"].value()) == (
        "061",
        "Imane",
    )
    assert not page.context["form"].errors


def test_unfinished_overview_opens_the_step_with_the_error(client, agent, lamp):
    draft_id = begin(client, "b2c")
    send(client, draft_id, "general", channel="call", store="1")
    answer = send(client, draft_id, "overview", once=draft_id.replace("-", ""))
    assert answer.url.endswith("/customer/?check=1")
    assert client.get(answer.url).context["form"].errors["phone_e164"]
    assert not Order.objects.exists()


def test_price_beyond_the_limit_is_told_in_its_step(client, agent, lamp):
    draft_id = begin(client, "b2c")
    without = send(client, draft_id, "items", **line(lamp, unit_price_amount="170"))
    assert without.context["form"].errors["price_remark"]
    beyond = send(client, draft_id, "items", **line(lamp, unit_price_amount="100"), price_remark="Geste")
    assert beyond.context["checked"].line_errors
    assert (
        send(client, draft_id, "items", **line(lamp, unit_price_amount="170"), price_remark="Geste").status_code == 302
    )


def test_file_that_is_no_proof_is_refused_beside_its_field(client, agent):
    draft_id = begin(client, "b2b")
    file = SimpleUploadedFile("recu.pdf", b"<script>alert(1)</script>")
    answer = send(client, draft_id, "payment", payment_method="transfer", proof=file)
    assert answer.status_code == 422
    assert answer.context["form"].errors["proof"]


def test_attachment_is_saved_not_shown_and_only_for_those_who_see_the_order(client, agent, lamp):
    order = make_order(lamp)
    found = attach_to_order(actor=make_actor(), order_id=order.pk, file=SimpleUploadedFile("reçu.pdf", PDF))
    url = reverse("order_attachment", args=[found.pk])
    assert client.get(url).status_code == 404
    client.force_login(make_user("supervisor"))
    answer = client.get(url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/pdf")
    assert answer.getvalue() == PDF


def test_another_persons_draft_is_not_there(client, agent):
    draft_id = begin(client, "b2c")
    client.force_login(make_user("admin"))
    for name in ("entry_resume", "entry_discard"):
        method = client.get if name == "entry_resume" else client.post
        assert method(reverse(name, args=[draft_id])).status_code == 404
    assert EntryDraft.objects.exists()


def test_order_type_is_made_with_its_steps_in_their_order(client):
    client.force_login(make_user("admin"))
    data = {"label_fr": "Remplacement", "slug": "sav", "customer_kind": "b2c", "channel": "back_office"}
    data |= {"price_rule": "remark", "price_limit_percent": "100", "is_active": "on", "step": ["items", "customer"]}
    data |= {"mode-customer_name": "required", "mode-price_remark": "shown", "mode-email": "shown"}
    moved = client.post(reverse("settings_order_type_new"), data | {"move": "customer:up"})
    assert [step["slug"] for step in moved.context["steps"]][:2] == ["customer", "items"]
    answer = client.post(reverse("settings_order_type_new"), data)
    assert answer.status_code == 302
    plan = OrderType.objects.get(slug="sav").plan
    assert [each.step for each in plan] == ["items", "customer", "overview"]
    assert plan[1].shown == ["phone_e164", "customer_name", "email"]
    assert client.post(reverse("settings_order_type_new"), data).context["form"].errors["slug"]


def test_entry_page_takes_the_same_queries_however_long_the_order_is(client, agent):
    variants = [make_variant() for _ in range(12)]
    data = quick(do="read", message="")
    for number, variant in enumerate(variants):
        data |= line(variant, number=number)

    def count(number):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            assert client.post(reverse("order_new"), data | {"lines-TOTAL_FORMS": str(number)}).status_code == 200
        return len(queries)

    count(1)
    assert count(12) == count(2)
