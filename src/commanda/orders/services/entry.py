"""Enter an order by hand: the order itself and all that a person adds to it, in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.entry_steps import Step
from commanda.orders.locks import lock_entry_draft
from commanda.orders.models import EntryDraft, Order, OrderAttachment, OrderBilling, OrderComment, OrderType
from commanda.orders.models.billing import PaymentMethod
from commanda.orders.services.annotate import MAX_COMMENT
from commanda.orders.services.create import create_order
from commanda.orders.services.drafts import OrderDraft
from commanda.orders.services.entry_prices import PriceChange, agree_prices
from commanda.orders.services.transition import transition_order

MAIL_JOB = "commanda.orders.tasks.confirm_by_email"


@dataclass(frozen=True, slots=True)
class BillingData:
    """Who is billed, how it is paid, where the confirmation goes."""

    company_name: str = ""
    ice: str = ""
    contact_name: str = ""
    purchase_reference: str = ""
    payment_method: str = PaymentMethod.CASH_ON_DELIVERY
    email: str = ""
    language: str = "fr"

    @property
    def says_something(self) -> bool:
        texts = (self.company_name, self.ice, self.contact_name, self.purchase_reference, self.email)
        return any(texts) or self.payment_method != PaymentMethod.CASH_ON_DELIVERY


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person entered. `message` is the client's own words; `draft_id` the unfinished entry it ends."""

    order: OrderDraft
    order_type_id: int | None = None
    billing: BillingData = BillingData()
    message: str = ""
    price_remark: str = ""
    draft_id: UUID | None = None


def enter_order(*, actor: Actor, entry: Entry) -> Order:
    """Create the order with billing, files, message and remark; all or nothing. Ends and locks the draft.

    Prices follow the type's rule (`agree_prices`). A type's first state is reached by the workflow's own move, with
    its rights and its stock. The confirmation mail is sent by a job of this transaction. Raises `Conflict` when the
    draft was finished or discarded, and what `create_orders`, `agree_prices` and `transition_order` raise.
    """
    actor.require(Perm.ORDERS_CREATE)
    if entry.order.discount_amount:
        actor.require(Perm.ORDERS_PRICE)
    with unit_of_work():
        draft = _locked(actor, entry.draft_id)
        order_type = _type(entry.order_type_id)
        agreed, changes = agree_prices(
            actor=actor, order_type=order_type, lines=entry.order.lines, remark=entry.price_remark
        )
        order = create_order(actor=actor, draft=entry.order, agreed=agreed)
        if order_type is not None:
            order.order_type = order_type
            order.save(update_fields=["order_type"])
        _record_prices(actor, order, changes, entry.price_remark)
        billing = _bill(order, entry.billing)
        _take_over(order, draft, order_type, entry.billing)
        if entry.message.strip():
            _keep_message(actor, order, entry.message.strip())
        if order_type is not None and order_type.first_state is not None and order_type.first_state.is_active:
            transition_order(actor=actor, order_id=order.pk, to=order_type.first_state.slug)
        if billing is not None and billing.email and (order_type is None or order_type.sends_email):
            app.configure_task(MAIL_JOB).defer(order_id=order.pk)
    return order


def _locked(actor: Actor, draft_id: UUID | None) -> EntryDraft | None:
    if draft_id is None:
        return None
    try:
        return lock_entry_draft(actor, draft_id)
    except NotFound as error:
        raise Conflict(
            _("This entry was finished or discarded meanwhile. Look at the orders before you enter it again."),
            code="draft_gone",
        ) from error


def _type(type_id: int | None) -> OrderType | None:
    if type_id is None:
        return None
    order_type = OrderType.objects.select_related("first_state").filter(pk=type_id, is_active=True).first()
    if order_type is None:
        raise Invalid(_("This type of order is no longer used. Choose another one."), code="unknown_type")
    return order_type


def _record_prices(actor: Actor, order: Order, changes: list[PriceChange], remark: str) -> None:
    if not changes:
        return
    before = [f"{change.sku} @ {change.usual_amount}" for change in changes]
    after = [f"{change.sku} @ {change.amount}" for change in changes]
    record(
        actor=actor,
        name="order.priced",
        subject="order",
        subject_id=order.pk,
        changes={"lines": [before, after]},
        reason=remark.strip(),
    )


def _bill(order: Order, data: BillingData) -> OrderBilling | None:
    if not data.says_something:
        return None
    billing = OrderBilling(
        order=order,
        company_name=data.company_name.strip()[:200],
        ice=data.ice,
        contact_name=data.contact_name.strip()[:200],
        purchase_reference=data.purchase_reference.strip()[:80],
        payment_method=data.payment_method,
        email=data.email,
        language=data.language,
    )
    try:
        billing.clean_fields(exclude=["order"])
    except ValidationError as error:
        field, texts = next(iter(error.message_dict.items()))
        raise Invalid(" ".join(texts), field=field) from error
    billing.save(force_insert=True)
    return billing


def _take_over(order: Order, draft: EntryDraft | None, order_type: OrderType | None, billing: BillingData) -> None:
    """The draft's files become the order's; then the draft is done."""
    files = OrderAttachment.objects.filter(draft=draft) if draft is not None else OrderAttachment.objects.none()
    plan = order_type.plan_of(Step.PAYMENT) if order_type is not None else None
    is_paid_before = billing.payment_method != PaymentMethod.CASH_ON_DELIVERY
    if plan is not None and plan.is_required("proof") and is_paid_before and not files.exists():
        raise Invalid(
            _("Add the proof of payment: the transfer slip or a photograph of the cheque."),
            field="proof",
            code="proof_needed",
        )
    if draft is not None:
        files.update(order=order, draft=None)
        draft.delete()


def _keep_message(actor: Actor, order: Order, message: str) -> None:
    OrderComment.objects.create(order=order, author_id=actor.user_id, text=message[:MAX_COMMENT], created_at=now())
    record(actor=actor, name="order.commented", subject="order", subject_id=order.pk)
