"""The grid of the inbox: what it shows, and what its forms do."""

import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app
from python_calamine import CalamineWorkbook

from commanda.catalog.models import Alias
from commanda.customers.models import City, Customer
from commanda.customers.services.edit import block_customer
from commanda.intake.models import ImportRun, Mending, StagedRow
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.factories import make_user, make_variant
from tests.intake.helpers import make_source, read, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
HTMX = {"HX-Request": "true", "Accept-Language": "en"}


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.fixture(autouse=True)
def admin(client):
    user = make_user("admin")
    client.force_login(user)
    return user


def waiting(number=1):
    return StagedRow.objects.get(key=f"x:A{number}")


def cards(client, **query):
    return client.get(reverse("intake_inbox"), query).context["cards"]


def cell(name, number=1, place=0):
    return f"fix-{waiting(number).pk}-{place}-{name}"


def mend(client, number=1, **sent):
    fields = {cell(name, number): text for name, text in sent.items()}
    return client.post(
        reverse("intake_row_mend", args=[waiting(number).pk]), {**fields, "remember": "on"}, headers=HTMX
    )


def bulk(client, query="", **sent):
    return client.post(reverse("intake_inbox_bulk") + query, sent)


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


def test_others_that_say_the_same_are_offered_and_taken_in(client):
    read(make_source(), sheet(*(row(number, produit="Mntr") for number in range(1, 5)), row(9, telephone="x")))
    answer = mend(client, product="ATLAS").content.decode()
    assert "3 other rows say the same" in answer
    done = client.post(
        reverse("intake_inbox_bulk") + "?problem=unknown_product&value=Mntr",
        {"every": "1", "action": "retry"},
        headers=HTMX,
    )
    told = json.loads(done.headers["HX-Trigger"])
    assert "3 orders imported" in told["toast"][0]["text"]
    assert set(told["inbox-changed"]["rows"]) == {waiting(number).pk for number in (2, 3, 4)}
    assert Order.objects.count() == 4


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


def test_ticked_rows_get_the_same_value(client):
    read(make_source(), sheet(*(row(number, quantite="?") for number in (1, 2, 3))))
    ids = [waiting(1).pk, waiting(2).pk]
    bulk(client, action="set", set_field="quantity", set_text="2", ids=ids)
    assert [waiting(number).status for number in (1, 2, 3)] == ["imported", "imported", "rejected"]
    assert {order.lines.get().quantity for order in Order.objects.all()} == {2}


def test_every_row_of_the_filter_gets_the_product_when_all_are_meant(client):
    read(
        make_source(),
        sheet(*(row(number, produit=f"Mntr {number}") for number in range(1, 31)), row(40, telephone="x")),
    )
    bulk(
        client,
        "?problem=unknown_product",
        action="set",
        set_field="product",
        set_text="Montre Atlas · ATLAS",
        every="1",
    )
    assert Order.objects.count() == 30
    assert StagedRow.objects.filter(status="rejected").count() == 1


def test_many_rows_are_set_aside_with_a_reason(client):
    read(make_source(), sheet(*(row(number, telephone="x") for number in (1, 2))))
    ids = [waiting(1).pk, waiting(2).pk]
    bulk(client, action="ignore", ids=ids, reason=" ")
    assert waiting().status == "rejected"
    bulk(client, action="ignore", ids=ids, reason="Essais")
    assert {waiting(1).ignored_reason, waiting(2).ignored_reason} == {"Essais"}
    bulk(client, "?status=aside", action="reopen", every="1")
    assert waiting(2).status == "rejected"


def test_refused_rows_are_listed_with_their_reason(client):
    read(make_source(), sheet(row(1, telephone="x"), row(2)))
    answer = bulk(client, action="ignore", ids=[waiting(1).pk, waiting(2).pk], reason="Essais")
    page = client.get(answer["Location"], headers={"Accept-Language": "en"})
    assert page.context["mending"].refused_qty == 1
    assert "imported meanwhile" in page.content.decode()


def test_worker_does_it_when_the_rows_are_many(client, monkeypatch):
    from commanda.intake.services import mend_many
    from commanda.web.intake import inbox_bulk

    monkeypatch.setattr(mend_many, "AT_ONCE", 3)
    monkeypatch.setattr(inbox_bulk, "AT_ONCE", 3)
    read(make_source(), sheet(*(row(number, quantite="?") for number in range(1, 9))))
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        answer = bulk(client, action="set", set_field="quantity", set_text="1", every="1")
        mending = Mending.objects.get()
        assert answer["Location"] == reverse("intake_mending", args=[mending.pk])
        assert 'hx-trigger="every 1s"' in client.get(answer["Location"]).content.decode()
        assert not Order.objects.exists()
        client.post(answer["Location"])  # "go on" twice does no harm
        for job in list(app.connector.jobs.values()):
            app.tasks[job["task_name"]].func(**job["args"])
    mending.refresh_from_db()
    assert (mending.done_qty, mending.imported_qty, mending.is_open) == (8, 8, False)
    assert Order.objects.count() == 8
    assert 'hx-trigger="every 1s"' not in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "retry"},
        {"action": "burn", "ids": ["1"]},
        {"action": "set", "ids": ["1"], "set_field": "hair", "set_text": "x"},
        {"action": "set", "ids": ["1"], "set_field": "quantity", "set_text": " "},
        {"action": "set", "ids": ["1"], "set_field": "city", "set_text": "Nulle part"},
        {"action": "retry", "ids": ["x", "²", "9" * 30]},
    ],
)
def test_bulk_says_what_to_do_when_it_is_asked_for_nonsense(client, sent):
    answer = client.post(reverse("intake_inbox_bulk"), sent, follow=True)
    assert len(answer.context["messages"]) == 1
    assert not Mending.objects.exists()


def test_inbox_shows_what_the_filters_ask_for(client):
    one, two = make_source("Un"), make_source("Deux")
    read(one, sheet(row(1, telephone="x"), row(2, produit="?")))
    run, _outcome = read(
        two, sheet(row(3, telephone="y"), row(4, ville="Nulle part"), row(5, nom="Zineb", quantite="?"))
    )

    def shown(**query):
        return {card.row.key for card in cards(client, **query)}

    assert shown() == {"x:A1", "x:A2", "x:A3", "x:A4", "x:A5"}
    assert shown(source=one.pk) == {"x:A1", "x:A2"}
    assert shown(problem="phone_invalid") == {"x:A1", "x:A3"}
    assert shown(problem="phone_invalid", source=one.pk) == {"x:A1"}
    assert shown(run=run.pk) == {"x:A3", "x:A4", "x:A5"}
    assert shown(run=run.pk, status="look") == {"x:A4"}
    assert shown(status="waiting") == {"x:A1", "x:A2", "x:A3", "x:A5"}
    assert shown(q="zineb") == {"x:A5"}
    assert shown(q="a3") == {"x:A3"}
    assert shown(q=str(Order.objects.get())) == {"x:A4"}
    assert shown(q="0600000002") == shown(q="+212 6 00 00 00 02") == {"x:A2"}
    assert shown(q="\x00%_'\"\\") == set()
    assert shown(problem="'; DROP TABLE", source="²", run="x", status="?", after="zzz") == shown()


def test_numbers_beside_the_filters_are_what_they_find(client):
    read(make_source(), sheet(row(1, telephone="x"), row(2, telephone="y", quantite="?"), row(3, ville="Nulle part")))
    client.post(reverse("intake_row_ignore", args=[waiting().pk]), {f"reason-{waiting().pk}": "non"})
    page = client.get(reverse("intake_inbox")).context
    assert [state["count"] for state in page["states"]] == [2, 1, 1, 1, 0]
    assert {code: qty for code, _label, qty in page["problems"]} == {
        "phone_invalid": 1,
        "quantity_unreadable": 1,
        "city_unknown": 1,
    }
    page = client.get(reverse("intake_inbox"), {"status": "aside"}).context
    assert {code: qty for code, _label, qty in page["problems"]} == {"phone_invalid": 1}


def test_rejected_rows_are_downloaded_with_their_reasons_and_no_formula(client):
    read(make_source(), sheet(row(1, telephone="x", adresse="=HYPERLINK(1)"), row(2)))
    text = b"".join(client.get(reverse("intake_inbox_download")).streaming_content).decode("utf-8-sig")
    head, line = text.strip().splitlines()
    assert "Téléphone" in head
    assert "'=HYPERLINK(1)" in line
    assert "A1" in line
    answer = client.get(reverse("intake_inbox_download"), {"format": "xlsx"})
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    assert len(workbook.get_sheet_by_index(0).to_python()) == 2
    run = ImportRun.objects.get()
    for number, lines in ((run.pk, 2), (run.pk + 1, 1)):
        text = b"".join(client.get(reverse("intake_inbox_download"), {"run": number}).streaming_content)
        assert len(text.splitlines()) == lines


def test_pages_of_the_inbox_hold_every_row_once(client):
    read(make_source(), sheet(*(row(number, telephone="x") for number in range(60))))
    seen, query = [], {}
    while True:
        page = client.get(reverse("intake_inbox"), query)
        seen += [card.row.pk for card in page.context["cards"]]
        if not page.context["page"].next_cursor:
            break
        query = {"after": page.context["page"].next_cursor}
    assert len(seen) == len(set(seen)) == 60


def test_inbox_costs_the_same_when_thousands_of_rows_wait(client):
    source = make_source()
    read(source, sheet(*(row(number, telephone="x", produit=f"Objet {number}") for number in range(30))))
    client.get(reverse("intake_inbox"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("intake_inbox"))
    model = waiting(3)
    StagedRow.objects.bulk_create(
        StagedRow(
            source=source,
            key=f"k{number}",
            fingerprint="x",
            cells=model.cells,
            status="rejected",
            problems=model.problems,
        )
        for number in range(5_000)
    )
    with CaptureQueriesContext(connection) as many:
        page = client.get(reverse("intake_inbox"))
    assert len(many) == len(few)
    assert page.context["total"] == 5_030
    assert len(page.context["cards"]) == 25


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
