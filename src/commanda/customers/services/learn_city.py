"""Remember how people write a city."""

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.customers.models import City, CityAlias
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.kernel.text import fold
from commanda.kernel.transaction import unit_of_work


def learn_city(*, actor: Actor, text: str, city_id: int) -> CityAlias:
    """Remember that `text` means the city, for every source and every clerk.

    Raises `Conflict` when it means another city already, `Invalid` for a text without letters.
    """
    if not actor.can(Perm.INTAKE_MANAGE):
        actor.require(Perm.ORDERS_EDIT)
    folded = fold(text)
    if not folded or len(folded) > 100:
        raise Invalid(_("This text cannot be remembered as the name of a city."), field="city")
    with unit_of_work():
        if not City.objects.filter(pk=city_id, is_active=True).exists():
            raise NotFound
        alias, created = CityAlias.objects.get_or_create(
            text_folded=folded, defaults={"city_id": city_id, "is_learnt": True}
        )
        if alias.city_id != city_id:
            raise Conflict(_("This text already means another city."), code="alias_taken", field="city")
        if created:
            record(actor=actor, name="city.learnt", subject="city", subject_id=city_id, changes={"text": folded})
    return alias
