"""What entering an order reads: types, unfinished entries, what is known of a client, files."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from commanda.customers.models import Customer
from commanda.customers.selectors import client_by_phone, is_blocked_phone
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.models import EntryDraft, Order, OrderAttachment, OrderBilling, OrderComment, OrderType
from commanda.orders.selectors import HOW_THEY_ENDED, comments_of
from commanda.orders.stages import ENDS, Stage


@dataclass(frozen=True, slots=True)
class KnownClient:
    """What is known under a phone. Name and address only of clients the actor may see; numbers over all agents."""

    client: Customer | None = None
    is_blocked: bool = False
    total: int = 0
    delivered: int = 0
    returned: int = 0
    cancelled: int = 0
    open_orders: list[Order] = field(default_factory=list)
    # Open orders of this phone that are in a colleague's hands.
    hidden_number: int = 0

    @property
    def is_known(self) -> bool:
        return self.client is not None or self.total > 0 or self.is_blocked


def known_client(actor: Actor, phone_e164: str) -> KnownClient:
    """The client, the past and the open orders of a phone; nothing for those who may not see clients."""
    if not may_see(actor, FieldClass.PERSONAL):
        return KnownClient()
    orders = Order.objects.filter(phone_e164=phone_e164, merged_into=None)
    is_open = ~Q(stage__in=[*ENDS, Stage.DRAFT])
    numbers = orders.aggregate(**HOW_THEY_ENDED, open=Count("pk", filter=is_open))
    open_number = numbers.pop("open")
    visible = Order.objects.visible_to(actor).filter(is_open, phone_e164=phone_e164, merged_into=None)
    shown = list(visible.select_related("state").order_by("-id")[:5]) if open_number else []
    return KnownClient(
        client=client_by_phone(actor, phone_e164),
        is_blocked=is_blocked_phone(phone_e164),
        open_orders=shown,
        hidden_number=max(0, open_number - visible.count()) if open_number else 0,
        **numbers,
    )


def order_types() -> QuerySet[OrderType]:
    """The types that can be entered, in order."""
    return OrderType.objects.filter(is_active=True)


def all_order_types() -> QuerySet[OrderType]:
    """All types with `orders_number`, for the settings."""
    return OrderType.objects.select_related("first_state", "store").annotate(orders_number=Count("orders"))


def get_order_type(type_id: int) -> OrderType:
    """One type, active or not. Raises `NotFound`."""
    order_type = OrderType.objects.filter(pk=type_id).first()
    if order_type is None:
        raise NotFound
    return order_type


def default_order_type() -> OrderType | None:
    """The type of quick entries."""
    return order_types().filter(is_default=True).first() or order_types().first()


def drafts_of(actor: Actor) -> QuerySet[EntryDraft]:
    """The actor's unfinished entries, the latest first."""
    return EntryDraft.objects.visible_to(actor).select_related("order_type").order_by("-updated_at")


def find_draft(actor: Actor, draft_id: UUID) -> EntryDraft | None:
    """An own unfinished entry, if it is still there."""
    return drafts_of(actor).filter(pk=draft_id).first()


def get_draft(actor: Actor, draft_id: UUID) -> EntryDraft:
    """An own unfinished entry with its type and files. Raises `NotFound`."""
    draft = drafts_of(actor).select_related("order_type__first_state", "order_type__store").filter(pk=draft_id).first()
    if draft is None:
        raise NotFound
    return draft


def get_attachment(actor: Actor, attachment_id: UUID) -> OrderAttachment:
    """A file the actor may see. Raises `NotFound`."""
    attachment = OrderAttachment.objects.visible_to(actor).filter(pk=attachment_id).first()
    if attachment is None:
        raise NotFound
    return attachment


def billing_of(order_id: int) -> OrderBilling | None:
    """How an order is billed. The caller has checked that the actor may see the order and clients."""
    return OrderBilling.objects.filter(order_id=order_id).first()


def attachments_of(order_id: int) -> QuerySet[OrderAttachment]:
    """The files of an order, not the removed ones. The caller has checked that the actor may see the order."""
    return OrderAttachment.objects.filter(order_id=order_id, removed_at=None).select_related("uploaded_by")


def comments_with_files(order_id: int) -> QuerySet[OrderComment]:
    """Like `selectors.comments_of`, each with its `kept_files`, for those who may see clients."""
    kept = OrderAttachment.objects.filter(removed_at=None)
    return comments_of(order_id).prefetch_related(Prefetch("files", kept, to_attr="kept_files"))
