"""The variants and the parts of a product, checked as a whole and written; used by `services.products`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import BundleComponent, Product, Variant
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.text import strip_marks

FIELDS = ("sku", "color", "size", "price_amount", "is_active")
MAX_PRICE = Decimal(1_000_000)
MAX_PART_QUANTITY = 999


@dataclass(frozen=True, slots=True)
class VariantData:
    """A variant as typed. `variant_id` None makes a new one."""

    sku: str
    price_amount: Decimal
    color: str = ""
    size: str = ""
    is_active: bool = True
    variant_id: int | None = None


def save_variants(product: Product, variants: Sequence[VariantData]) -> dict[str, Any]:
    """Change and add variants of a locked product; those not named stay. Returns what changed, for the audit.

    Raises `Invalid` when the product would have none, or two alike, for a taken SKU and an absurd price;
    `NotFound` for a variant of another product.
    """
    existing = {variant.pk: variant for variant in product.variants.all()}
    if not variants and not existing:
        raise Invalid(_("Add at least one variant with its price."), field="variants", code="no_variants")
    changes: dict[str, Any] = {}
    touched = []
    for data in variants:
        variant = Variant(product=product) if data.variant_id is None else existing.get(data.variant_id)
        if variant is None:
            raise NotFound
        _set(variant, data, changes)
        touched.append(variant)
    result = list({id(variant): variant for variant in [*existing.values(), *touched]}.values())
    _refuse_twins(result)
    _refuse_taken_skus(product, touched)
    for variant in touched:
        variant.save()
    return changes


def _set(variant: Variant, data: VariantData, changes: dict[str, Any]) -> None:
    values = {
        "sku": strip_marks(data.sku)[:60],
        "color": strip_marks(data.color)[:40],
        "size": strip_marks(data.size)[:40],
        "price_amount": data.price_amount,
        "is_active": data.is_active,
    }
    if not values["sku"]:
        raise Invalid(_("Give each variant a SKU."), field="sku", code="no_sku")
    if not 0 <= data.price_amount <= MAX_PRICE:
        raise Invalid(_("The price must be between 0 and 1,000,000 DH."), field="price_amount", code="bad_price")
    if data.variant_id is None:
        changes[f"variant {values['sku']}"] = [None, str(data.price_amount)]
    known_as = variant.sku
    for name in FIELDS:
        old = getattr(variant, name)
        if data.variant_id is not None and old != values[name]:
            label = "price" if name == "price_amount" else name
            changes[f"{label} {known_as}"] = [str(old), str(values[name])]
        setattr(variant, name, values[name])


def _refuse_twins(variants: Sequence[Variant]) -> None:
    options = Counter((variant.color, variant.size) for variant in variants)
    if max(options.values(), default=0) > 1:
        raise Invalid(_("Two variants have the same colour and size."), field="color", code="variant_twice")


def _refuse_taken_skus(product: Product, variants: Sequence[Variant]) -> None:
    numbers = Counter(variant.sku for variant in variants)
    twice = [sku for sku, number in numbers.items() if number > 1]
    mine = [variant.pk for variant in variants if variant.pk]
    taken = Variant.objects.filter(sku__in=list(numbers)).exclude(pk__in=mine).values_list("sku", flat=True)
    for sku in [*twice, *taken]:
        raise Invalid(_("The SKU %(sku)s is already used."), field="sku", code="sku_taken", sku=sku)


def parts_of(product: Product) -> list[tuple[int, int]]:
    """The parts of a bundle as (variant id, quantity): the same for each of its variants."""
    rows = BundleComponent.objects.filter(bundle__product=product).order_by("component_id")
    return list(dict(rows.values_list("component_id", "quantity")).items())


def save_components(product: Product, components: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Replace the parts of each variant of a bundle. Returns what changed, for the audit.

    Raises `Invalid` for no parts, a part twice or unknown, a bundle as a part and an absurd quantity.
    """
    if not components:
        raise Invalid(_("A bundle needs at least one part."), field="components", code="no_parts")
    ids = [pk for pk, _quantity in components]
    if len(set(ids)) < len(ids):
        raise Invalid(_("A part stands twice. Put its quantities together."), field="components", code="part_twice")
    if any(not 1 <= quantity <= MAX_PART_QUANTITY for _pk, quantity in components):
        raise Invalid(
            _("The quantity must be between 1 and %(highest)s."),
            field="components",
            code="bad_quantity",
            highest=MAX_PART_QUANTITY,
        )
    parts = {variant.pk: variant for variant in Variant.objects.select_related("product").filter(pk__in=ids)}
    if len(parts) < len(ids):
        raise Invalid(_("Choose the parts from the list."), field="components", code="unknown_part")
    if any(part.product.is_bundle for part in parts.values()):
        raise Invalid(_("A bundle cannot contain another bundle."), field="components", code="bundle_in_bundle")
    variants = list(product.variants.all())
    rows = BundleComponent.objects.filter(bundle__in=variants)
    before = set(rows.values_list("component__sku", "quantity"))
    after = {(parts[pk].sku, quantity) for pk, quantity in components}
    rows.delete()
    BundleComponent.objects.bulk_create(
        BundleComponent(bundle=variant, component_id=pk, quantity=quantity)
        for variant in variants
        for pk, quantity in components
    )
    if before == after:
        return {}
    return {"parts": [_describe(before), _describe(after)]}


def _describe(parts: set[tuple[str, int]]) -> str:
    return ", ".join(f"{quantity} × {sku}" for sku, quantity in sorted(parts))
