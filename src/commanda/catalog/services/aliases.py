"""Other ways in which sheets and clients name a variant."""

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.catalog.models import Alias, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.kernel.text import fold, strip_marks
from commanda.kernel.transaction import unit_of_work


def add_alias(*, actor: Actor, variant_id: int, text: str) -> Alias:
    """Remember another way of naming a variant; adding it again changes nothing.

    Raises `Invalid` for an empty text, `NotFound`, and `Conflict` when the text means another variant already.
    """
    _check_right(actor)
    folded = fold(text)[:200]
    if not folded:
        raise Invalid(_("Type a text."), field="text")
    with unit_of_work():
        if not Variant.objects.visible_to(actor).filter(pk=variant_id).exists():
            raise NotFound
        alias, created = Alias.objects.get_or_create(
            text_folded=folded, defaults={"text": strip_marks(text)[:200], "variant_id": variant_id}
        )
        if not created and alias.variant_id != variant_id:
            raise Conflict(_("This text already means another product."), code="alias_taken", field="text")
        if created:
            record(
                actor=actor, name="alias.added", subject="variant", subject_id=variant_id, changes={"text": alias.text}
            )
    return alias


def remove_alias(*, actor: Actor, alias_id: int) -> None:
    """Forget a name. Orders made by it stay as they are. Raises `NotFound`."""
    _check_right(actor)
    with unit_of_work():
        alias = Alias.objects.filter(pk=alias_id, variant__in=Variant.objects.visible_to(actor)).first()
        if alias is None:
            raise NotFound
        alias.delete()
        record(
            actor=actor,
            name="alias.removed",
            subject="variant",
            subject_id=alias.variant_id,
            changes={"text": [alias.text, None]},
        )


def _check_right(actor: Actor) -> None:
    if not actor.can(Perm.INTAKE_MANAGE):
        actor.require(Perm.CATALOG_EDIT)
