"""The list that goes with the parcels to the carrier."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.shipping.locks import lock_parcels
from commanda.shipping.models import Manifest, Parcel
from commanda.shipping.services.parcels_follow import cash_to_collect

ON_MANIFEST = (Parcel.Status.READY, Parcel.Status.SHIPPED, Parcel.Status.PROBLEM)


def make_manifest(*, actor: Actor, carrier_id: int, parcel_ids: Sequence[int]) -> Manifest:
    """Put parcels of one carrier on a new manifest. All or none.

    Locks the parcels. Raises `Invalid` when there are none, or one is unknown, of another carrier or ended;
    `Conflict` when one stands on a manifest already.
    """
    actor.require(Perm.SHIPPING_SHIP)
    wanted = set(parcel_ids)
    with unit_of_work():
        parcels = lock_parcels(actor, wanted)
        usable = [
            parcel
            for parcel in parcels
            if parcel.carrier_id == carrier_id and parcel.is_current and parcel.status in ON_MANIFEST
        ]
        if not usable or len(usable) < len(wanted):
            raise Invalid(
                _("Choose parcels of one carrier that are ready or on the road."), field="parcels", code="bad_parcels"
            )
        listed = [parcel for parcel in usable if parcel.manifest_id is not None]
        if listed:
            raise Conflict(
                _("The parcel %(parcel)s is on another manifest already."), code="on_manifest", parcel=str(listed[0])
            )
        manifest = Manifest.objects.create(carrier_id=carrier_id, made_by_id=actor.user_id, made_at=now())
        chosen = Parcel.objects.filter(pk__in=wanted)
        chosen.update(manifest=manifest)
        # An order may have been edited since its parcel was prepared; once shipped it cannot be.
        chosen.filter(status=Parcel.Status.READY).update(cash_amount=cash_to_collect())
        record(
            actor=actor,
            name="manifest.made",
            subject="manifest",
            subject_id=manifest.pk,
            changes={"parcels": len(wanted)},
        )
    return manifest
