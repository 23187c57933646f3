"""What agents may offer to clients who order a product."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.catalog.locks import lock_product
from commanda.catalog.models import Offer, Product, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.money import format_mad
from commanda.kernel.transaction import unit_of_work

MOST_OFFERS = 12
MOST_UNITS = 99
MAX_PRICE = Decimal(1_000_000)
FIELDS = ("kind", "variant_id", "quantity", "price_amount", "label_fr", "label_ar", "label_en", "is_active")
Kind = Offer.Kind


@dataclass(frozen=True, slots=True)
class OfferData:
    """An offer as typed. Without a French label it names itself: "2 × 349 DH"."""

    price_amount: Decimal
    quantity: int = 1
    kind: str = Kind.QUANTITY
    variant_id: int | None = None
    label_fr: str = ""
    label_ar: str = ""
    label_en: str = ""
    is_active: bool = True


def save_offer(*, actor: Actor, product_id: int, data: OfferData, offer_id: int | None = None) -> Offer:
    """Make an offer of a product or change one. Locks the product. Orders that have taken it stay as they are.

    Raises `NotFound`, and `Invalid` (`quantity`, `price_amount`, `variant`) for an offer that says nothing.
    """
    actor.require(Perm.CATALOG_EDIT)
    with unit_of_work():
        product = lock_product(actor, product_id)
        offer = Offer(product=product) if offer_id is None else product.offers.filter(pk=offer_id).first()
        if offer is None:
            raise NotFound
        if offer_id is None and product.offers.count() >= MOST_OFFERS:
            raise Invalid(
                _("A product has at most %(most)s offers. Remove one first."), code="too_many", most=MOST_OFFERS
            )
        values = _values(product, data)
        changes = {
            name: [None if offer_id is None else str(getattr(offer, name)), str(value)]
            for name, value in values.items()
            if offer_id is None or getattr(offer, name) != value
        }
        for name, value in values.items():
            setattr(offer, name, value)
        offer.save()
        if changes:
            record(actor=actor, name="offer.saved", subject="product", subject_id=product.pk, changes=changes)
    return offer


def remove_offer(*, actor: Actor, offer_id: int) -> int:
    """Forget an offer; returns its product's id. Raises `NotFound`."""
    actor.require(Perm.CATALOG_EDIT)
    with unit_of_work():
        offer = Offer.objects.filter(pk=offer_id, product__in=Product.objects.visible_to(actor)).first()
        if offer is None:
            raise NotFound
        lock_product(actor, offer.product_id)
        offer.delete()
        record(
            actor=actor,
            name="offer.removed",
            subject="product",
            subject_id=offer.product_id,
            changes={"offer": [offer.label_fr, None]},
        )
    return offer.product_id


def _values(product: Product, data: OfferData) -> dict[str, Any]:
    is_addition = data.kind == Kind.ADDITION
    lowest = 1 if is_addition else 2
    if data.kind not in Kind.values:
        raise Invalid(_("Choose what is offered."), field="kind")
    if not lowest <= data.quantity <= MOST_UNITS:
        raise Invalid(
            _("The quantity must be between %(lowest)s and %(highest)s."),
            field="quantity",
            code="bad_quantity",
            lowest=lowest,
            highest=MOST_UNITS,
        )
    if not 0 <= data.price_amount <= MAX_PRICE:
        raise Invalid(_("The price must be between 0 and 1,000,000 DH."), field="price_amount", code="bad_price")
    added = None
    if is_addition:
        added = Variant.objects.sellable().select_related("product").filter(pk=data.variant_id or 0).first()
        if added is None:
            raise Invalid(_("Choose the product that is added."), field="variant", code="no_variant")
    own = f"{data.quantity} × " if data.quantity > 1 else ""
    own += f"{added.label} · " if added else ""
    return {
        "kind": data.kind,
        "variant_id": added.pk if added else None,
        "quantity": data.quantity,
        "price_amount": data.price_amount,
        "label_fr": (data.label_fr.strip() or f"{own}{format_mad(data.price_amount)}")[:80],
        "label_ar": data.label_ar.strip()[:80],
        "label_en": data.label_en.strip()[:80],
        "is_active": data.is_active,
    }
