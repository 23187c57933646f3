"""What a carrier cannot do without: asked for before an order is confirmed."""

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.models import CallPolicy
from commanda.confirmation.selectors import call_policy
from commanda.customers.models import City
from commanda.customers.selectors import city_called
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid
from commanda.orders.models import Order


def require_complete(actor: Actor, order: Order, force_reason: str = "") -> None:
    """A locked order has a phone, a city that is delivered to and a sensible address, or somebody answers for it.

    A city known only as text is looked up once more and kept. Who may force rules may go on with `force_reason`,
    which is audited. Raises `Invalid` (`phone_e164`, `city`, `address`).
    """
    if not order.phone_e164:
        raise Invalid(_("Fill in the phone number before you confirm."), field="phone_e164", code="no_phone")
    missing = _city_missing(order) or _address_missing(order, call_policy())
    if missing is None:
        return
    if not force_reason.strip() or not actor.can(Perm.ORDERS_FORCE):
        raise missing
    record(
        actor=actor,
        name="order.forced",
        subject="order",
        subject_id=order.pk,
        changes={"rule": missing.code},
        reason=force_reason.strip(),
    )


def _city_missing(order: Order) -> Invalid | None:
    text = order.city_text.strip()
    if order.city_id is None and text and (city_id := city_called(text)) is not None:
        order.city_id = city_id
        Order.objects.filter(pk=order.pk).update(city_id=city_id)
    if order.city_id is None and not text:
        return Invalid(_("Ask for the city and fill it in before you confirm."), field="city", code="no_city")
    if order.city_id is None:
        return Invalid(
            _("“%(city)s” is not in the list of cities. Choose the nearest one that is delivered to."),
            field="city",
            code="unknown_city",
            city=text,
        )
    if not City.objects.filter(pk=order.city_id, is_active=True).exists():
        return Invalid(
            _("This city is not delivered to. Choose the nearest one that is, or say that it is out of the zone."),
            field="city",
            code="city_not_delivered",
        )
    return None


def _address_missing(order: Order, policy: CallPolicy) -> Invalid | None:
    letters = sum(character.isalnum() for character in order.address)
    if len(order.address.split()) >= policy.min_address_words and letters >= policy.min_address_letters:
        return None
    return Invalid(
        _("The courier will not find this address. Ask for the quarter, the street and the number, or a landmark."),
        field="address",
        code="short_address",
    )
