"""What is known about one client, for the client (law 09-08, right of access); who looked at it."""

from typing import Any

from django.db.models import QuerySet

from commanda.accounts.permissions import Perm
from commanda.confirmation.models import Call
from commanda.customers.models import Customer
from commanda.intake.models import StagedRow
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.orders.models import Order
from commanda.privacy.models import Access


def client_data(actor: Actor, customer_id: int) -> dict[str, Any]:
    """All that is kept about a client, as JSON values: `client`, `orders` (with lines, comments, calls, parcels, files)
    and `rows` as they came from sheets; names of states and cities in the reader's language.

    Without what the shop keeps about itself: costs, commissions, who of the staff did what. Raises `NotFound`.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    customer = Customer.objects.visible_to(actor).select_related("city").filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    orders = (
        Order.objects.visible_to(actor)
        .filter(customer=customer)
        .select_related("state", "city", "billing")
        .prefetch_related("lines", "comments", "attachments", "parcels__carrier")
    )
    calls: dict[int, list[Call]] = {}
    for call in Call.objects.filter(order__in=orders).select_related("outcome").order_by("pk"):
        calls.setdefault(call.order_id, []).append(call)
    rows = StagedRow.objects.filter(order__in=orders).order_by("pk").values_list("cells", flat=True)
    return {
        "client": _client(customer),
        "orders": [_order(order, calls.get(order.pk, [])) for order in orders],
        "rows": list(rows),
    }


def accesses(actor: Actor, *, customer_id: int | None = None, user_id: int | None = None) -> QuerySet[Access]:
    """Who was shown whose data, newest first; of one client or by one person."""
    found = Access.objects.visible_to(actor).select_related("user")
    if customer_id is not None:
        found = found.filter(customer_ids__contains=[customer_id])
    if user_id is not None:
        found = found.filter(user=user_id)
    return found


def _client(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name,
        "phone": customer.phone_e164,
        "second_phone": customer.phone2_e164,
        "city": str(customer.city) if customer.city else "",
        "address": customer.address,
        "note": customer.note,
        "tags": customer.tags,
        "is_blocked": customer.is_blocked,
        "blocked_reason": customer.blocked_reason,
        "since": customer.created_at.isoformat(),
    }


def _order(order: Order, calls: list[Call]) -> dict[str, Any]:
    billing = getattr(order, "billing", None)
    return {
        "reference": order.reference,
        "created_at": order.created_at.isoformat(),
        "state": order.state.label,
        "name": order.customer_name,
        "phone": order.phone_e164,
        "second_phone": order.phone2_e164,
        "city": str(order.city) if order.city else order.city_text,
        "address": order.address,
        "note": order.note,
        "tags": order.tags,
        "total": str(order.total_amount),
        "contact": billing.contact_name if billing else "",
        "company": billing.company_name if billing else "",
        "email": billing.email if billing else "",
        "lines": [
            {"label": line.label, "quantity": line.quantity, "total": str(line.total_amount)}
            for line in order.lines.all()
        ],
        "comments": [{"at": comment.created_at.isoformat(), "text": comment.text} for comment in order.comments.all()],
        "calls": [
            {"at": call.called_at.isoformat(), "outcome": call.outcome.label, "comment": call.comment} for call in calls
        ],
        "parcels": [
            {"carrier": parcel.carrier.name, "tracking": parcel.tracking_number} for parcel in order.parcels.all()
        ],
        "files": [file.name for file in order.attachments.all() if file.removed_at is None],
    }
