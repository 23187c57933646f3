"""Carriers: who they are and where a parcel can be followed."""

import re
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.kernel.text import strip_marks
from commanda.kernel.transaction import unit_of_work
from commanda.shipping.models import Carrier

FIELDS = ("name", "phone", "tracking_url", "is_active")
_LINK = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)


def save_carrier(
    *,
    actor: Actor,
    name: str,
    phone: str = "",
    tracking_url: str = "",
    is_active: bool = True,
    carrier_id: int | None = None,
) -> Carrier:
    """Make a carrier, or change the one with `carrier_id`. The tracking link holds `{tracking}`.

    Raises `NotFound`, `Invalid` (no name, a link that is none) and `Conflict` (another carrier has the name).
    """
    actor.require(Perm.SETTINGS_MANAGE)
    values: dict[str, Any] = {
        "name": strip_marks(name)[:80],
        "phone": strip_marks(phone)[:30],
        "tracking_url": strip_marks(tracking_url),
        "is_active": is_active,
    }
    _check(values)
    carrier = Carrier.objects.filter(pk=carrier_id).first() if carrier_id else Carrier()
    if carrier is None:
        raise NotFound
    changes = {}
    for field in FIELDS:
        old = getattr(carrier, field) if carrier.pk else None
        if old != values[field]:
            changes[field] = [old, values[field]]
            setattr(carrier, field, values[field])
    with unit_of_work():
        if Carrier.objects.filter(name__iexact=carrier.name).exclude(pk=carrier.pk).exists():
            raise _name_taken()
        try:
            with unit_of_work():
                carrier.save()
        except IntegrityError as error:
            raise _name_taken() from error
        if changes:
            record(actor=actor, name="carrier.saved", subject="carrier", subject_id=carrier.pk, changes=changes)
    return carrier


def _check(values: dict[str, Any]) -> None:
    if not values["name"]:
        raise Invalid(_("Give the carrier a name."), field="name", code="no_name")
    link = values["tracking_url"]
    if link and (len(link) > 200 or not _LINK.fullmatch(link) or "{tracking}" not in link):
        raise Invalid(
            _("Write a web address with {tracking} in the place of the number."), field="tracking_url", code="bad_link"
        )


def _name_taken() -> Conflict:
    return Conflict(_("There is a carrier of this name already."), field="name", code="name_taken")
