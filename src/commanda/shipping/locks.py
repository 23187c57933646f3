"""The only place that locks parcels.

Lock order: orders (`orders.locks`), then stock levels, then parcels. A parcel's status changes only under its
order's lock; the lock below is for what concerns parcels alone.
"""

from collections.abc import Collection

from commanda.kernel.actor import Actor
from commanda.shipping.models import Parcel


def lock_parcels(actor: Actor, parcel_ids: Collection[int]) -> list[Parcel]:
    """Lock the parcels the actor may see, in id order, until the transaction ends; others are left out."""
    return list(
        Parcel.objects.visible_to(actor)
        .filter(pk__in=parcel_ids)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
