from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from commanda.audit.models import Event
from commanda.audit.services import record_many
from commanda.confirmation.services.log_call import log_call
from commanda.finance.services.plans import save_commission_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, today
from commanda.orders.models import CommentMention, OrderAttachment, OrderBilling, OrderComment
from commanda.orders.services.annotate import add_comment
from commanda.orders.services.attachments import attach_to_order
from commanda.orders.services.transition import transition_order
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def supervisor(client):
    user = make_user("supervisor", name="Samira Exemple")
    client.force_login(user)
    return user


@pytest.fixture
def agent():
    return make_user("agent", name="Amal Bennani")


def picture(name="photo.png"):
    content = BytesIO()
    Image.new("RGB", (4, 4)).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue())


def page_of(client, order, **query):
    answer = client.get(reverse("order", args=[order.reference]), query, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer


def said(answer, slug):
    option = next(
        option for name in ("options", "endings") for option in answer.context[name] if option.state.slug == slug
    )
    return " · ".join(option.effects), option.refused


def test_move_says_what_it_does_to_stock_and_queue(client, supervisor):
    order = make_order((make_variant(stock=16, name="Montre noire"), 2))
    effects, refused = said(page_of(client, order), "confirmed")
    assert not refused
    assert "2 × \u2068Montre noire\u2069" in effects
    assert "14" in effects
    assert len(effects.split(" · ")) == 2


def test_move_is_shown_but_not_offered_when_stock_is_short(client, supervisor):
    order = make_order((make_variant(stock=1, name="Montre noire"), 2))
    answer = page_of(client, order)
    _effects, refused = said(answer, "confirmed")
    assert "1 × \u2068Montre noire\u2069" in refused
    assert 'value="confirmed" disabled' in answer.content.decode()


def test_move_needs_a_logged_call_for_an_agent(client, agent):
    client.force_login(agent)
    order = make_order(make_variant(stock=3), assignee_id=agent.pk)
    assert said(page_of(client, order), "confirmed")[1]
    log_call(actor=agent.as_actor(), order_id=order.pk, outcome="callback", callback_at=now() + timedelta(hours=2))
    assert not said(page_of(client, order), "confirmed")[1]


@pytest.mark.parametrize(("role", "sees"), [("admin", True), ("supervisor", False)])
def test_commission_of_a_move_is_told_to_those_who_may_see_it(client, agent, role, sees):
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(12), valid_from_on=today())
    order = make_order(make_variant(stock=3), state="shipped", assignee_id=agent.pk)
    client.force_login(make_user(role))
    assert ("12,00\u00a0DH" in said(page_of(client, order), "delivered")[0]) is sees
    transition_order(actor=SYSTEM, order_id=order.pk, to="delivered")
    order.refresh_from_db()
    answer = page_of(client, order, show="money")
    assert any(entry.kind == "money" for entry in answer.context["timeline"]) is sees
    assert ("12,00\u00a0DH" in answer.content.decode()) is sees


def test_second_person_is_told_when_the_order_moved_meanwhile(client, supervisor):
    order = make_order(make_variant(stock=3))
    transition_order(actor=SYSTEM, order_id=order.pk, to="postponed")
    answer = client.post(reverse("order_move", args=[order.reference]), {"to": "confirmed", "expected": "new"})
    assert answer.status_code == 409
    assert answer.context["move_error"].code == "state_changed"
    assert answer.context["order"].state.slug == "postponed"


@pytest.mark.parametrize(
    ("state", "label"),
    [("new", "Expected on delivery"), ("delivered", "Collected at delivery"), ("cancelled", "Nothing to collect")],
)
def test_payment_axis_says_only_what_is_known(client, state, label):
    client.force_login(make_user("supervisor", language="en"))
    order = make_order(make_variant(stock=3), state=state)
    axes = {axis.slug: axis for axis in page_of(client, order).context["axes"]}
    assert list(axes) == ["state", "parcel", "payment", "call"]
    assert axes["payment"].label == label


def test_payment_waits_until_the_proof_is_there_for_a_transfer(client):
    client.force_login(make_user("supervisor", language="en"))
    order = make_order(make_variant())
    OrderBilling.objects.create(order=order, company_name="Atlas", payment_method="transfer")
    axes = {axis.slug: axis for axis in page_of(client, order).context["axes"]}
    assert axes["payment"].label == "Waiting for the payment"
    attach_to_order(actor=SYSTEM, order_id=order.pk, file=picture(), kind=OrderAttachment.Kind.PROOF)
    axes = {axis.slug: axis for axis in page_of(client, order).context["axes"]}
    assert axes["payment"].label == "Proof of payment received"


@pytest.mark.parametrize(
    ("show", "kinds"),
    [("calls", {"call"}), ("comments", {"comment"}), ("changes", {"event"}), ("parcel", set()), ("money", {"event"})],
)
def test_timeline_shows_one_kind_when_asked(client, supervisor, show, kinds):
    order = make_order(make_variant())
    log_call(actor=supervisor.as_actor(), order_id=order.pk, outcome="no_answer")
    add_comment(actor=SYSTEM, order_id=order.pk, text="essai")
    priced = {"discount_amount": ["0", "5"], "total_amount": ["199", "194"]}
    record_many(actor=SYSTEM, name="order.edited", subject="order", entries=[(order.pk, priced)])
    entries = page_of(client, order, show=show).context["timeline"]
    assert {entry.kind for entry in entries} == kinds


def test_timeline_is_paged_newest_first_without_gaps_when_it_is_long(client, supervisor):
    order = make_order(make_variant())
    for number in range(40):
        record_many(
            actor=SYSTEM, name="order.edited", subject="order", entries=[(order.pk, {"note": ["", f"n{number}"]})]
        )
        OrderComment.objects.create(order=order, text=f"c{number}", created_at=now())
    first = page_of(client, order)
    assert (len(first.context["timeline"]), first.context["has_older"]) == (50, True)
    answer = client.get(
        reverse("order", args=[order.reference]),
        {"page": "2"},
        headers={"HX-Request": "true", "HX-Target": "timeline"},
    )
    text = answer.content.decode()
    assert "<html" not in text
    assert all(f">c{number}<" in text and f">n{number}<" in text for number in range(40))
    assert not answer.context["has_older"]
    times = [entry.at for entry in answer.context["timeline"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"page": "-3"}, {"page": "99999"}, {"show": "moon"}])
def test_timeline_falls_back_when_the_address_was_mangled(client, supervisor, query):
    assert page_of(client, make_order(make_variant()), **query).context["timeline"]


def test_page_takes_the_same_queries_for_a_short_and_a_long_history(client, supervisor):
    order = make_order(make_variant(stock=30), state="confirmed")

    def count():
        with CaptureQueriesContext(connection) as queries:
            page_of(client, order)
        return len(queries)

    add_comment(actor=SYSTEM, order_id=order.pk, text="essai", files=[picture()])
    few = count()
    for _n in range(12):
        add_comment(actor=SYSTEM, order_id=order.pk, text="essai", files=[picture()])
        record_many(actor=SYSTEM, name="order.edited", subject="order", entries=[(order.pk, {"note": ["", "x"]})])
    assert count() <= few


def test_mentioned_person_finds_the_comment_until_it_is_read(client, supervisor, agent):
    order = make_order(make_variant(), assignee_id=agent.pk)
    other = make_user("agent", name="Bilal Exemple")
    text = "@amal bennani rappelle, @Bilal Exemple aussi, @Samira Exemple"
    client.post(reverse("order_comment", args=[order.reference]), {"text": text})
    # Bilal may not see the order; Samira wrote it herself.
    assert list(CommentMention.objects.values_list("user", flat=True)) == [agent.pk]

    client.force_login(agent)
    answer = client.get(reverse("mentions"))
    assert answer.context["shell"].bell_number == 1
    assert order.reference in answer.content.decode()
    mention = CommentMention.objects.get()
    opened = client.post(reverse("mentions_read"), {"id": mention.pk, "open": "1"})
    assert opened.url.startswith(reverse("order", args=[order.reference]))
    assert client.get(reverse("mentions")).context["shell"].bell_number == 0

    client.force_login(other)
    assert not client.get(reverse("mentions")).context["page"].rows


def test_mention_is_gone_when_the_order_was_given_to_somebody_else(client, supervisor, agent):
    order = make_order(make_variant(), assignee_id=agent.pk)
    add_comment(actor=supervisor.as_actor(), order_id=order.pk, text="@Amal Bennani")
    order.assignee = make_user("agent")
    order.save(update_fields=["assignee"])
    client.force_login(agent)
    answer = client.get(reverse("mentions"))
    assert (answer.context["page"].rows, answer.context["shell"].bell_number) == ([], 0)


def test_nobody_reads_the_mention_of_another(client, supervisor, agent):
    order = make_order(make_variant(), assignee_id=agent.pk)
    add_comment(actor=supervisor.as_actor(), order_id=order.pk, text="@Amal Bennani")
    client.post(reverse("mentions_read"), {"id": CommentMention.objects.get().pk})
    client.post(reverse("mentions_read"), {"id": "x"})
    client.post(reverse("mentions_read"))
    assert CommentMention.objects.get().read_at is None


def test_files_are_listed_downloaded_and_put_away_with_a_reason(client, supervisor):
    order = make_order(make_variant())
    client.post(reverse("order_attach", args=[order.reference]), {"files": [picture("a.png"), picture("b.png")]})
    kept = OrderAttachment.objects.get(name="a.png")
    text = page_of(client, order).content.decode()
    for shown in ("a.png", "b.png", "image/png"):
        assert shown in text
    download = client.get(reverse("order_attachment", args=[kept.pk]))
    assert download["Content-Disposition"].startswith("attachment")

    gone = reverse("order_detach", args=[order.reference, kept.pk])
    assert client.post(gone, {"reason": " "}).status_code == 422
    client.post(gone, {"reason": "mauvaise photo"})
    kept.refresh_from_db()
    assert kept.removed_by_id == supervisor.pk
    assert kept.file.storage.exists(kept.file.name)
    assert client.get(reverse("order_attachment", args=[kept.pk])).status_code == 404
    text = page_of(client, order).content.decode()
    assert "a.png" not in text
    assert "mauvaise photo" in text
    assert Event.objects.get(name="order.detached").reason == "mauvaise photo"


def test_all_files_or_none_are_kept_when_one_is_no_picture(client, supervisor):
    order = make_order(make_variant())
    bad = SimpleUploadedFile("x.png", b"<script>alert(1)</script>")
    answer = client.post(reverse("order_attach", args=[order.reference]), {"files": [picture(), bad]})
    assert answer.status_code == 422
    assert answer.context["file_error"]
    answer = client.post(
        reverse("order_comment", args=[order.reference]), {"text": "Voici la photo", "files": [picture(), bad]}
    )
    assert answer.status_code == 422
    assert "Voici la photo</textarea>" in answer.content.decode()
    assert not OrderAttachment.objects.exists()
    assert not OrderComment.objects.exists()


def test_files_of_a_comment_stand_beside_it(client, supervisor):
    order = make_order(make_variant())
    client.post(reverse("order_comment", args=[order.reference]), {"text": "Voici", "files": [picture("recu.png")]})
    entry = page_of(client, order, show="comments").context["timeline"][0]
    assert [file.name for file in entry.files] == ["recu.png"]


def test_file_of_another_order_is_not_put_away_through_this_one(client, supervisor):
    order, other = make_order(make_variant()), make_order(make_variant())
    kept = attach_to_order(actor=SYSTEM, order_id=other.pk, file=picture())
    answer = client.post(reverse("order_detach", args=[order.reference, kept.pk]), {"reason": "x"})
    assert answer.status_code == 404


def test_blocks_to_copy_hold_the_whole_order(client, supervisor):
    order = make_order(
        (make_variant(name="Théière", price="1234.50"), 2),
        customer_name="Imane Exemple",
        phone_e164="+212655000001",
        address="Rue 3",
        city_text="Fès",
    )
    address, phone, reference, french, arabic = (block.text for block in page_of(client, order).context["blocks"])
    assert address == "Imane Exemple\n06 55 00 00 01\nRue 3\nFès"
    assert (phone, reference) == ("06 55 00 00 01", order.reference)
    for text in (french, arabic):
        assert "2 × Théière" in text
        assert "2\u202f469,00\u00a0DH" in text


def test_client_and_files_are_hidden_when_the_person_may_not_see_clients(client, supervisor):
    role = supervisor.role
    role.permissions = [right for right in role.permissions if right != "customers.view"]
    role.save(update_fields=["permissions"])
    order = make_order(make_variant(), customer_name="Imane Exemple", phone_e164="+212655000001", address="Rue 3")
    add_comment(actor=SYSTEM, order_id=order.pk, text="essai", files=[picture("recu.png")])
    text = page_of(client, order).content.decode()
    for secret in ("Imane", "55 00 00 01", "655000001", "Rue 3", "recu.png"):
        assert secret not in text
    assert client.post(reverse("order_attach", args=[order.reference]), {"files": [picture()]}).status_code == 403


def test_axes_are_fetched_alone_when_the_order_changed(client, supervisor):
    order = make_order(make_variant())
    answer = client.get(
        reverse("order", args=[order.reference]), headers={"HX-Request": "true", "HX-Target": "order-axes"}
    )
    text = answer.content.decode()
    assert 'id="order-axes"' in text
    assert "<html" not in text


def test_timeline_keeps_no_code_of_the_program(client, supervisor, agent):
    order = make_order(make_variant())
    facts = [
        ("order.assigned", {"rule": "round_robin", "assignee": [None, agent.pk]}),
        ("order.inspected", {"LAMPE": {"back": 2, "lost": 0, "quarantine": 0}}),
        ("order.edited", {"lines": [["1 × LAMPE @ 179.00"], ["2 × LAMPE @ 179.00"]]}),
        ("order.edited", {"phone2_e164": ["", "+212612345678"]}),
    ]
    for name, changes in facts:
        record_many(actor=SYSTEM, name=name, subject="order", entries=[(order.pk, changes)])
    entries = [
        (entry.title, [[text.replace("\xa0", " ") for text in change] for change in entry.changes])
        for entry in reversed(page_of(client, order).context["timeline"])
    ]
    assert entries[1:] == [
        ("Given to Amal Bennani", [["Rule", "", "In turn"]]),
        ("Return inspected", [["LAMPE", "", "Back in stock 2"]]),
        ("Order changed", [["Products", "1 × LAMPE · 179,00 DH", "2 × LAMPE · 179,00 DH"]]),
        ("Order changed", [["Second phone", "", "06 12 34 56 78"]]),
    ]
