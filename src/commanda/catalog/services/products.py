"""Products: create and change, with their variants, parts, category and picture."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.catalog.effects import backorder_follows, variants_made
from commanda.catalog.locks import lock_product
from commanda.catalog.models import Category, Product
from commanda.catalog.pictures import clean_picture
from commanda.catalog.services.aliases import add_alias
from commanda.catalog.services.variants import VariantData, parts_of, save_components, save_variants
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.text import fold, strip_marks
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
MAX_LOW_STOCK = 1_000_000

__all__ = ["VariantData", "add_alias", "create_product", "update_product"]


def create_product(
    *,
    actor: Actor,
    fields: dict[str, Any],
    variants: Sequence[VariantData],
    components: Sequence[tuple[int, int]] = (),
) -> Product:
    """Create a product with its variants; with `components` (variant id, quantity) it is a bundle.

    `category` may be a name: the category is found or made. `picture` is any file: see `clean_picture`.
    Raises `Invalid` for an empty name, a taken SKU, two equal variants, a bundle without parts or a file
    that is no picture.
    """
    actor.require(Perm.CATALOG_EDIT)
    values = _checked(fields)
    with _uniqueness(), unit_of_work():
        if "name" not in values:
            raise _nameless()
        values["category"] = _category(values.get("category"))
        product = Product(is_bundle=bool(components), **values)
        product.save()
        save_variants(product, variants)
        if components:
            save_components(product, components)
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
    """Change a product; variants not named stay as they are. Orders keep the parts they were made with.

    Locks the product. Fields as in `create_product`; an empty `picture` removes it. Raises what it raises, and
    `NotFound`; `Conflict` when selling without stock is withdrawn while units are owed.
    """
    actor.require(Perm.CATALOG_EDIT)
    values = _checked(fields)
    with _uniqueness(), unit_of_work():
        product = lock_product(actor, product_id)
        if "category" in values:
            values["category"] = _category(values["category"])
        changes = _set_fields(product, values)
        product.save()
        if variants is not None:
            changes.update(save_variants(product, variants))
        if product.is_bundle and (variants is not None or components is not None):
            # A variant added to a bundle is made of the same parts.
            changes.update(save_components(product, parts_of(product) if components is None else components))
        variants_made(actor, product)
        if "allows_backorder" in changes:
            backorder_follows(actor, product)
        if changes:
            record(actor=actor, name="product.updated", subject="product", subject_id=product.pk, changes=changes)
    return product


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    values = {key: fields[key] for key in PRODUCT_FIELDS if key in fields}
    if "name" in values:
        values["name"] = strip_marks(values["name"])[:150]
        if not values["name"]:
            raise _nameless()
    if not 0 <= values.get("low_stock_qty", 0) <= MAX_LOW_STOCK:
        raise Invalid(_("The threshold must be 0 or more."), field="low_stock_qty", code="bad_threshold")
    if "picture" in values:
        picture = values["picture"]
        # A stored picture that comes back with the form is no new one.
        is_new = bool(picture) and not isinstance(picture, FieldFile)
        values["picture"] = clean_picture(picture) if is_new else picture or ""
    return values


def _nameless() -> Invalid:
    return Invalid(_("Give the product a name."), field="name", code="no_name")


def _category(value: Category | str | None) -> Category | None:
    if value is None or isinstance(value, Category):
        return value
    name = strip_marks(value)[:80]
    if not name:
        return None
    wanted = fold(name)
    known = next((row for row in Category.objects.all() if fold(row.name) == wanted), None)
    return known or Category.objects.create(name=name)


def _set_fields(product: Product, values: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in values.items():
        old = getattr(product, name)
        if old == value or (not old and not value and name == "picture"):
            continue
        if name == "picture":
            changes["picture"] = [bool(old), bool(value)]
            if old:
                # Only when the change is certain: a file cannot be rolled back.
                transaction.on_commit(partial(old.storage.delete, old.name))
        else:
            changes[name] = [_plain(old), _plain(value)]
        setattr(product, name, value)
    return changes


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | None) else str(value)


@contextmanager
def _uniqueness() -> Iterator[None]:
    """What the checks let through and the database refuses: somebody else was faster."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(
            _("Somebody saved the same SKU, option or category at this moment. Look again, then save."),
            code="saved_meanwhile",
        ) from error
