"""Orders entered by hand: prices, billing, files, drafts, the mail; each all or nothing."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from commanda.audit.models import Event
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.orders.entry_steps import Mode, Step, read_plan
from commanda.orders.models import EntryDraft, Order, OrderAttachment, OrderComment, OrderType, State
from commanda.orders.models.attachment import attachments
from commanda.orders.services.attachments import attach_to_draft, attach_to_order, remove_attachment
from commanda.orders.services.confirm_by_email import send_confirmation
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.orders.services.entry import BillingData, Entry, enter_order
from commanda.orders.services.entry_drafts import discard_draft, drop_old_drafts, open_draft, save_draft
from commanda.orders.services.order_types import save_order_type
from commanda.stock.models import StockLevel
from tests.factories import make_actor, make_order, make_variant, order_draft
from tests.factories.products import Variant

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def b2c():
    return OrderType.objects.get(slug="b2c")


@pytest.fixture
def b2b():
    return OrderType.objects.get(slug="b2b")


def picture(kind="PNG"):
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, kind)
    return file.getvalue()


def upload(content=PDF, name="recu.pdf"):
    return SimpleUploadedFile(name, content)


def priced(variant: Variant, amount: str | None, **fields) -> OrderDraft:
    draft = order_draft(variant, **fields)
    line = LineDraft(variant.pk, 1, None if amount is None else Decimal(amount))
    return draft._replace(lines=(line,))


def test_agent_changes_a_price_within_the_limit_when_there_is_a_remark(b2c):
    agent, variant = make_actor("agent"), make_variant(price="200.00", sku="A-1")
    order = enter_order(
        actor=agent, entry=Entry(priced(variant, "180"), order_type_id=b2c.pk, price_remark="Geste commercial")
    )
    assert order.total_amount == 180
    event = Event.objects.get(name="order.priced", subject_id=order.pk)
    assert event.changes == {"lines": [["A-1 @ 200.00"], ["A-1 @ 180"]]}
    assert event.reason == "Geste commercial"


@pytest.mark.parametrize(("amount", "is_free"), [("179.99", False), ("220.01", False), ("0", False)])
def test_agent_may_not_go_beyond_the_limit(b2c, amount, is_free):
    variant = make_variant(price="200.00")
    entry = Entry(priced(variant, amount), order_type_id=b2c.pk, price_remark="Remplacement")
    with pytest.raises(NotAllowed) as refused:
        enter_order(actor=make_actor("agent"), entry=entry)
    assert (refused.value.code, refused.value.field) == ("beyond_limit", "unit_price_amount")
    assert not Order.objects.exists()
    assert enter_order(actor=make_actor("supervisor"), entry=entry).total_amount == Decimal(amount)


def test_another_price_is_refused_when_nobody_says_why(b2c):
    variant = make_variant(price="200.00")
    with pytest.raises(Invalid) as refused:
        enter_order(actor=make_actor(), entry=Entry(priced(variant, "190"), order_type_id=b2c.pk, price_remark="  "))
    assert refused.value.field == "price_remark"


def test_type_with_catalogue_prices_takes_no_other_from_anybody(b2c):
    OrderType.objects.filter(pk=b2c.pk).update(price_rule="fixed")
    entry = Entry(priced(make_variant(price="200.00"), "190"), order_type_id=b2c.pk, price_remark="x")
    with pytest.raises(Invalid):
        enter_order(actor=make_actor(), entry=entry)


def test_agent_may_not_give_a_discount(b2c):
    with pytest.raises(NotAllowed):
        enter_order(
            actor=make_actor("agent"), entry=Entry(order_draft(make_variant(), discount_amount=Decimal(5)), b2c.pk)
        )


def test_company_order_keeps_its_billing_and_its_proof(b2b):
    actor = make_actor("supervisor")
    draft = open_draft(actor=actor, order_type_id=b2b.pk)
    proof = attach_to_draft(actor=actor, draft_id=draft.pk, file=upload(name="../../etc/virement d'août.pdf"))
    billing = BillingData("Atlas SARL", "001234567000089", "Mme Tazi", "BC-77", "transfer", "achats@example.com")
    order = enter_order(
        actor=actor, entry=Entry(order_draft(make_variant()), b2b.pk, billing=billing, draft_id=draft.pk)
    )
    order.refresh_from_db()
    assert (order.order_type, order.billing.ice, order.billing.payment_method) == (b2b, "001234567000089", "transfer")
    proof.refresh_from_db()
    assert (proof.order, proof.draft, proof.name) == (order, None, "virement d'août.pdf")
    assert proof.content_type == "application/pdf"
    assert not EntryDraft.objects.exists()
    assert proof.file.read() == PDF


@pytest.mark.parametrize("ice", ["123", "00123456700008A", "0012345670000891"])
def test_bad_ice_is_refused_and_nothing_is_made(b2b, ice):
    entry = Entry(order_draft(make_variant()), b2b.pk, billing=BillingData("Atlas", ice))
    with pytest.raises(Invalid) as refused:
        enter_order(actor=make_actor(), entry=entry)
    assert refused.value.field == "ice"
    assert not Order.objects.exists()


@pytest.mark.parametrize(("method", "is_refused"), [("transfer", True), ("cheque", True), ("cod", False)])
def test_proof_is_asked_for_when_it_is_paid_before(b2b, method, is_refused):
    entry = Entry(order_draft(make_variant()), b2b.pk, billing=BillingData("Atlas", payment_method=method))
    if is_refused:
        with pytest.raises(Invalid) as refused:
            enter_order(actor=make_actor(), entry=entry)
        assert refused.value.code == "proof_needed"
    else:
        enter_order(actor=make_actor(), entry=entry)


def test_message_stays_whole_as_a_comment(b2c):
    message = "salam bghit 2 montre 🌹\n0612345678"
    order = enter_order(actor=make_actor("agent"), entry=Entry(order_draft(make_variant()), b2c.pk, message=message))
    assert OrderComment.objects.get(order=order).text == message


def test_order_begins_in_the_state_of_its_type_with_its_stock(b2c):
    OrderType.objects.filter(pk=b2c.pk).update(first_state=State.objects.get(slug="confirmed"))
    variant = make_variant(stock=3)
    order = enter_order(actor=make_actor("supervisor"), entry=Entry(order_draft((variant, 2)), b2c.pk))
    order.refresh_from_db()
    assert order.state.slug == "confirmed"
    assert StockLevel.objects.get(variant=variant).reserved == 2


def test_draft_makes_one_order_when_it_is_sent_twice(b2c):
    actor = make_actor("agent")
    draft = open_draft(actor=actor, order_type_id=b2c.pk)
    entry = Entry(order_draft(make_variant()), b2c.pk, draft_id=draft.pk)
    enter_order(actor=actor, entry=entry)
    with pytest.raises(Conflict) as refused:
        enter_order(actor=actor, entry=entry)
    assert refused.value.code == "draft_gone"
    assert Order.objects.count() == 1


def test_drafts_are_ones_own(b2c):
    mine, other = make_actor("agent"), make_actor("admin")
    draft = open_draft(actor=mine, order_type_id=b2c.pk)
    save_draft(actor=mine, draft_id=draft.pk, step="customer", fields={"customer_name": ["A\x00li"]}, title="Ali\x00")
    draft.refresh_from_db()
    assert (draft.data, draft.title) == ({"customer": {"customer_name": ["Ali"]}}, "Ali")
    for act in (
        lambda: save_draft(actor=other, draft_id=draft.pk, step="customer", fields={}),
        lambda: discard_draft(actor=other, draft_id=draft.pk),
        lambda: attach_to_draft(actor=other, draft_id=draft.pk, file=upload()),
    ):
        with pytest.raises(NotFound):
            act()


def test_old_drafts_go_with_their_files(b2c, django_capture_on_commit_callbacks):
    actor = make_actor("agent")
    with time_is(now() - timedelta(days=15)):
        old = open_draft(actor=actor, order_type_id=b2c.pk)
    fresh = open_draft(actor=actor, order_type_id=b2c.pk)
    file = attach_to_draft(actor=actor, draft_id=old.pk, file=upload()).file.name
    with django_capture_on_commit_callbacks(execute=True):
        assert drop_old_drafts(days=14) == 1
    assert list(EntryDraft.objects.all()) == [fresh]
    assert not attachments().exists(file)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
    ],
)
def test_type_of_a_file_is_what_it_contains(content, kind):
    order = make_order(make_variant())
    assert attach_to_order(actor=make_actor(), order_id=order.pk, file=upload(content, "x.exe")).content_type == kind


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.4 cut", b"<html><script>alert(1)</script></html>", picture("GIF"), b"MZ\x90", picture()[:40]],
)
def test_other_contents_are_refused_whatever_the_name_says(content):
    order = make_order(make_variant())
    with pytest.raises(Invalid):
        attach_to_order(actor=make_actor(), order_id=order.pk, file=upload(content, "recu.pdf"))
    assert not OrderAttachment.objects.exists()


def test_file_that_is_too_large_is_refused():
    order = make_order(make_variant())
    with pytest.raises(Invalid) as refused:
        attach_to_order(actor=make_actor(), order_id=order.pk, file=upload(PDF + b" " * 10 * 1024 * 1024))
    assert "10" in str(refused.value)


def test_stranger_neither_adds_nor_removes_a_file():
    order = make_order(make_variant())
    kept = attach_to_order(actor=make_actor(), order_id=order.pk, file=upload())
    agent = make_actor("agent")
    with pytest.raises(NotFound):
        attach_to_order(actor=agent, order_id=order.pk, file=upload())
    with pytest.raises(NotFound):
        remove_attachment(actor=agent, attachment_id=kept.pk)


@pytest.mark.parametrize(("language", "word"), [("fr", "commande"), ("ar", "Hello"), ("en", "order")])
def test_client_is_mailed_once_in_their_language(b2b, language, word, settings):
    billing = BillingData("Atlas", contact_name="Mme Tazi", email="achats@example.com", language=language)
    order = enter_order(actor=make_actor(), entry=Entry(order_draft(make_variant()), b2b.pk, billing=billing))
    job = ProcrastinateJob.objects.get(task_name="commanda.orders.tasks.confirm_by_email")
    assert job.args == {"order_id": order.pk}
    assert send_confirmation(actor=make_actor(), order_id=order.pk)
    assert not send_confirmation(actor=make_actor(), order_id=order.pk)
    (sent,) = mail.outbox
    assert sent.to == ["achats@example.com"]
    assert order.reference in sent.subject
    html = sent.alternatives[0][0]
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in html
    assert Event.objects.filter(name="order.emailed", subject_id=order.pk).count() == 1


def test_nothing_is_noted_when_the_mail_server_refuses(b2b, monkeypatch):
    billing = BillingData("Atlas", email="achats@example.com")
    order = enter_order(actor=make_actor(), entry=Entry(order_draft(make_variant()), b2b.pk, billing=billing))

    def refuse(_mail, *_args, **_options):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        with pytest.raises(ConnectionError):
            send_confirmation(actor=make_actor(), order_id=order.pk)
    assert send_confirmation(actor=make_actor(), order_id=order.pk)


def test_no_mail_is_sent_when_the_type_says_so(b2b):
    OrderType.objects.filter(pk=b2b.pk).update(sends_email=False)
    billing = BillingData("Atlas", email="achats@example.com")
    enter_order(actor=make_actor(), entry=Entry(order_draft(make_variant()), b2b.pk, billing=billing))
    assert not ProcrastinateJob.objects.filter(task_name="commanda.orders.tasks.confirm_by_email").exists()


def test_plan_is_mended_whatever_stands_in_the_table():
    plans = read_plan(
        [None, {"step": "moon"}, {"step": "items", "fields": "x"}, {"step": "items"}, {"step": "overview"}]
    )
    assert [plan.step for plan in plans] == [Step.ITEMS, Step.CUSTOMER, Step.OVERVIEW]
    assert plans[0].modes["lines"] is plans[1].modes["phone_e164"] is Mode.REQUIRED


def test_new_default_takes_the_place_of_the_old_one(b2c, b2b):
    fields = {"is_default": True}
    save_order_type(actor=make_actor(), fields=fields, steps=b2b.plan, type_id=b2b.pk)
    assert list(OrderType.objects.filter(is_default=True)) == [b2b]
    assert Event.objects.get(name="settings.order_type").changes["is_default"] == [False, True]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"is_default": False}, "is_default"),
        ({"is_active": False}, "is_default"),
        ({"price_limit_percent": 101}, "price_limit_percent"),
        ({"label_fr": " "}, "label_fr"),
        ({"customer_kind": "b2b"}, "customer_kind"),
    ],
)
def test_type_that_would_not_work_is_refused(b2c, change, field):
    with pytest.raises(Invalid) as refused:
        save_order_type(actor=make_actor(), fields=change, steps=b2c.plan, type_id=b2c.pk)
    assert refused.value.field == field


def test_order_cannot_begin_on_the_road(b2c):
    fields = {"first_state_id": State.objects.get(slug="shipped").pk}
    with pytest.raises(Invalid):
        save_order_type(actor=make_actor(), fields=fields, steps=b2c.plan, type_id=b2c.pk)


def test_only_those_who_manage_settings_change_types(b2c):
    with pytest.raises(NotAllowed):
        save_order_type(actor=make_actor("supervisor"), fields={}, steps=b2c.plan, type_id=b2c.pk)
