"""The only place that locks orders."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.prepared import any_of, prepared, reach_of
from commanda.orders.models import BulkRun, EntryDraft, Order, OrderBilling


def lock_orders(actor: Actor, order_ids: Collection[int]) -> list[Order]:
    """Lock the orders the actor may see, in id order, until the transaction ends; others are left out."""
    return _locked(reach_of(actor)).all(ids=list(order_ids), me=actor.user_id)


@prepared
def _locked(reach: Actor) -> QuerySet[Order]:
    orders = Order.objects.visible_to(reach).filter(any_of("pk", "ids"))
    return orders.order_by("pk").select_for_update(no_key=True, of=("self",))


def lock_order(actor: Actor, order_id: int) -> Order:
    """Lock one order. Raises `NotFound` when it does not exist or is not the actor's."""
    orders = lock_orders(actor, [order_id])
    if not orders:
        raise NotFound
    return orders[0]


def lock_bulk_run(run_id: int) -> BulkRun:
    """Lock a run of a bulk action. Raises `NotFound`."""
    run = BulkRun.objects.filter(pk=run_id).select_for_update().first()
    if run is None:
        raise NotFound
    return run


def lock_entry_draft(actor: Actor, draft_id: UUID) -> EntryDraft:
    """Lock an own unfinished entry. Raises `NotFound`."""
    draft = EntryDraft.objects.visible_to(actor).filter(pk=draft_id).select_for_update(of=("self",)).first()
    if draft is None:
        raise NotFound
    return draft


def lock_old_drafts(before: datetime, *, limit: int) -> list[EntryDraft]:
    """Lock unfinished entries that nobody has touched since; those being finished now are skipped."""
    old = EntryDraft.objects.filter(updated_at__lt=before).order_by("pk")
    return list(old.select_for_update(skip_locked=True, of=("self",))[:limit])


def lock_billing(order_id: int) -> OrderBilling | None:
    """Lock how an order is billed and told; None when it says nothing of that."""
    rows = OrderBilling.objects.filter(pk=order_id).select_for_update(no_key=True, of=("self",))
    return rows.select_related("order__store").first()
