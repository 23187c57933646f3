"""The manifest as a table for the carrier: file and paper show the same columns."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.kernel.phone import format_phone
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.models import Order
from commanda.shipping.models import Manifest, Parcel
from commanda.shipping.selectors import manifest_parcels

MANIFEST_HEAD: tuple[Promise | str, ...] = (
    _("Tracking"),
    _("Reference"),
    _("Client"),
    _("Phone"),
    _("City"),
    _("Address"),
    _("Products"),
    _("Quantity"),
    _("Amount to collect"),
    _("Note"),
)

ManifestRow = tuple[str, str, str, str, str, str, str, int, Decimal, str]


def manifest_rows(actor: Actor, manifest: Manifest) -> Iterator[ManifestRow]:
    """One row per parcel under `MANIFEST_HEAD`; without the right to see clients, their cells are empty."""
    sees_clients = may_see(actor, FieldClass.PERSONAL)
    for parcel in manifest_parcels(actor, manifest.pk):
        yield manifest_row(parcel, sees_clients=sees_clients)


def manifest_row(parcel: Parcel, *, sees_clients: bool) -> ManifestRow:
    """A parcel as a row; needs `manifest_parcels`. City names are French: carriers match them by text."""
    order = parcel.order
    lines = list(order.lines.all())
    personal = (order.customer_name, format_phone(order.phone_e164).replace(" ", ""), order.address, order.note)
    name, phone, address, note = personal if sees_clients else ("", "", "", "")
    return (
        parcel.tracking_number,
        order.reference,
        name,
        phone,
        city_name(order),
        address,
        ", ".join(f"{line.quantity} × {line.label}" for line in lines),
        sum(line.quantity for line in lines),
        parcel.cash_amount,
        note,
    )


def city_name(order: Order) -> str:
    """The French name of the order's city, or the city as it was written."""
    return order.city.name_fr if order.city else order.city_text
