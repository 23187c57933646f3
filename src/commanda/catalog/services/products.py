"""Products, variants, bundles and aliases: create and change."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.catalog.effects import backorder_follows, variants_made
from commanda.catalog.models import Alias, BundleComponent, Product, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.text import fold
from commanda.kernel.transaction import unit_of_work

PRODUCT_FIELDS = (
    "name",
    "category",
    "picture",
    "description",
    "call_script",
    "is_active",
    "allows_backorder",
    "low_stock_qty",
)
VARIANT_FIELDS = ("sku", "color", "size", "price_amount", "is_active")


@dataclass(frozen=True, slots=True)
class VariantData:
    """A variant as typed. `variant_id` None makes a new one."""

    sku: str
    price_amount: Decimal
    color: str = ""
    size: str = ""
    is_active: bool = True
    variant_id: int | None = None


def create_product(
    *,
    actor: Actor,
    fields: dict[str, Any],
    variants: Sequence[VariantData],
    components: Sequence[tuple[int, int]] = (),
) -> Product:
    """Create a product with its variants; with `components` (variant id, quantity) it is a bundle.

    Raises `Invalid` for a taken SKU, two equal variants, or a bundle without parts.
    """
    actor.require(Perm.CATALOG_EDIT)
    with unit_of_work():
        product = Product(
            is_bundle=bool(components), **{key: fields[key] for key in PRODUCT_FIELDS if key in fields}
        )
        product.save()
        _save_variants(product, variants)
        _save_components(product, components)
        variants_made(actor, product)
        record(
            actor=actor,
            name="product.created",
            subject="product",
            subject_id=product.pk,
            changes={"name": product.name},
        )
    return product


def update_product(
    *,
    actor: Actor,
    product_id: int,
    fields: dict[str, Any],
    variants: Sequence[VariantData] | None = None,
    components: Sequence[tuple[int, int]] | None = None,
) -> Product:
    """Change a product; variants not named stay as they are. Orders keep the parts they were made with."""
    actor.require(Perm.CATALOG_EDIT)
    with unit_of_work():
        product = Product.objects.get(pk=product_id)
        changes: dict[str, Any] = {}
        for name in PRODUCT_FIELDS:
            if name in fields and getattr(product, name) != fields[name]:
                changes[name] = [str(getattr(product, name) or ""), str(fields[name] or "")]
                setattr(product, name, fields[name])
        product.save()
        if variants is not None:
            changes.update(_save_variants(product, variants))
        if components is not None and product.is_bundle:
            _save_components(product, components)
        variants_made(actor, product)
        if "allows_backorder" in changes:
            backorder_follows(actor, product)
        if changes:
            record(
                actor=actor, name="product.updated", subject="product", subject_id=product.pk, changes=changes
            )
    return product


def add_alias(*, actor: Actor, variant_id: int, text: str) -> Alias:
    """Remember another way of naming a variant. Raises `Conflict` when the text means another one already."""
    if not (actor.can(Perm.CATALOG_EDIT) or actor.can(Perm.INTAKE_MANAGE)):
        actor.require(Perm.CATALOG_EDIT)
    folded = fold(text)[:200]
    if not folded:
        raise Invalid(_("Type a text."), field="text")
    with unit_of_work():
        alias, created = Alias.objects.get_or_create(
            text_folded=folded, defaults={"text": text.strip()[:200], "variant_id": variant_id}
        )
        if not created and alias.variant_id != variant_id:
            raise Conflict(_("This text already means another product."), code="alias_taken", field="text")
        if created:
            record(
                actor=actor,
                name="alias.added",
                subject="variant",
                subject_id=variant_id,
                changes={"text": alias.text},
            )
    return alias


def _save_variants(product: Product, variants: Sequence[VariantData]) -> dict[str, Any]:
    if not variants and not product.variants.exists():
        raise Invalid(_("Add at least one variant with its price."), field="variants")
    existing = {variant.pk: variant for variant in product.variants.all()}
    changes: dict[str, Any] = {}
    for data in variants:
        if data.price_amount < 0:
            raise Invalid(_("The price cannot be negative."), field="price_amount")
        sku = data.sku.strip()
        variant = existing[data.variant_id] if data.variant_id else Variant(product=product)
        if Variant.objects.filter(sku=sku).exclude(pk=variant.pk).exists():
            raise Invalid(_("The SKU %(sku)s is already used."), field="sku", code="sku_taken", sku=sku)
        same = Variant.objects.filter(product=product, color=data.color, size=data.size).exclude(
            pk=variant.pk
        )
        if same.exists():
            raise Invalid(
                _("Two variants have the same colour and size."), field="color", code="variant_twice"
            )
        if variant.pk and variant.price_amount != data.price_amount:
            changes[f"price {sku}"] = [str(variant.price_amount), str(data.price_amount)]
        for name in VARIANT_FIELDS:
            setattr(variant, name, getattr(data, name))
        variant.sku = sku
        variant.save()
    return changes


def _save_components(product: Product, components: Sequence[tuple[int, int]]) -> None:
    if not product.is_bundle:
        return
    if not components:
        raise Invalid(_("A bundle needs at least one part."), field="components")
    bundle_parts = Variant.objects.filter(
        pk__in=[pk for pk, _quantity in components], product__is_bundle=True
    )
    if bundle_parts.exists():
        raise Invalid(_("A bundle cannot contain another bundle."), field="components")
    for variant in product.variants.all():
        variant.components.all().delete()
        BundleComponent.objects.bulk_create(
            BundleComponent(bundle=variant, component_id=pk, quantity=quantity) for pk, quantity in components
        )
