"""Make and change products: one page with variants, parts of a pack and picture."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commanda.accounts.permissions import Perm
from commanda.catalog import selectors
from commanda.catalog.models import Product
from commanda.catalog.services.aliases import add_alias, remove_alias
from commanda.catalog.services.products import create_product, update_product
from commanda.kernel.errors import CommandaError, Invalid
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.products.forms import (
    AliasForm,
    PartForm,
    ProductForm,
    VariantForm,
    formset_class,
    parts_of,
    product_initial,
    variants_of,
)
from commanda.web.products.listing import detail_context
from commanda.web.rows import ADD, MORE, typed_rows

VARIANTS, PARTS = "variants", "parts"


@dataclass(slots=True)
class ProductForms:
    """The three forms of the page; `parts` only for a pack."""

    product: ProductForm
    variants: forms.BaseFormSet
    parts: forms.BaseFormSet | None

    def is_valid(self) -> bool:
        forms_are_valid = [form.is_valid() for form in (self.product, self.variants, self.parts) if form is not None]
        return all(forms_are_valid)


@page(Perm.CATALOG_EDIT)
def new_product(request: PageRequest) -> HttpResponse:
    """A new product, or with `?kind=pack` a pack of others."""
    return _edit(request, None, is_bundle=request.GET.get("kind") == "pack")


@page(Perm.CATALOG_EDIT)
def edit_product(request: PageRequest, product_id: int) -> HttpResponse:
    product = selectors.get_product(request.actor, product_id)
    return _edit(request, product, is_bundle=product.is_bundle)


def _edit(request: PageRequest, product: Product | None, *, is_bundle: bool) -> HttpResponse:
    is_sent = request.method == "POST" and ADD not in request.POST
    found = _sent_forms(request, is_bundle) if is_sent else _fresh_forms(request, product, is_bundle)
    if is_sent and found.is_valid():
        try:
            saved = _save(request, product, found)
        except CommandaError as error:
            field = error.field if error.field in found.product.fields else None
            found.product.add_error(field, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect(request, reverse("product", args=[saved.pk]))
    context: dict[str, Any] = {
        "product": product,
        "is_bundle": is_bundle,
        "form": found.product,
        "variants": found.variants,
        "parts": found.parts,
        "categories": selectors.categories(),
        "back": reverse("product", args=[product.pk]) if product else reverse("products"),
    }
    return render_page(request, "products/form.html", context, status=422 if is_sent else 200)


def _part_options(request: PageRequest) -> dict[str, Any]:
    rows = selectors.possible_parts(request.actor)
    return {"choices": [("", _("Choose a product")), *((str(row.pk), f"{row.label} · {row.sku}") for row in rows)]}


def _sent_forms(request: PageRequest, is_bundle: bool) -> ProductForms:
    return ProductForms(
        ProductForm(request.POST, request.FILES),
        formset_class(VariantForm, extra=0)(request.POST, prefix=VARIANTS),
        formset_class(PartForm, extra=0)(request.POST, prefix=PARTS, form_kwargs=_part_options(request))
        if is_bundle
        else None,
    )


def _fresh_forms(request: PageRequest, product: Product | None, is_bundle: bool) -> ProductForms:
    """The product as it is; or, when more rows were asked for, as it was typed."""
    if request.method == "POST":
        initial: dict[str, Any] = request.POST.dict() | {
            name: name in request.POST for name in ("is_active", "allows_backorder", "drop_picture")
        }
        variants = typed_rows(request.POST, VARIANTS, VariantForm)
        parts = typed_rows(request.POST, PARTS, PartForm)
        extra = MORE
    else:
        initial = product_initial(product) if product else {}
        variants = _variant_rows(product) if product else []
        parts = _part_rows(request, product) if product and is_bundle else []
        extra = 0 if product else 1
    return ProductForms(
        ProductForm(initial=initial),
        formset_class(VariantForm, extra=extra)(prefix=VARIANTS, initial=variants),
        formset_class(PartForm, extra=max(extra, 1) if parts else 2)(
            prefix=PARTS, initial=parts, form_kwargs=_part_options(request)
        )
        if is_bundle
        else None,
    )


def _variant_rows(product: Product) -> list[dict[str, Any]]:
    names = ("sku", "color", "size", "price_amount", "is_active")
    return [
        {"variant_id": variant.pk} | {name: getattr(variant, name) for name in names}
        for variant in product.variants.all()
    ]


def _part_rows(request: PageRequest, product: Product) -> list[dict[str, Any]]:
    return [
        {"variant": str(variant.pk), "quantity": quantity}
        for variant, quantity in selectors.parts(request.actor, product.pk)
    ]


def _save(request: PageRequest, product: Product | None, found: ProductForms) -> Product:
    fields = found.product.fields_for_service
    variants = variants_of(found.variants)
    parts = parts_of(found.parts) if found.parts is not None else None
    if product is None:
        if found.parts is not None and not parts:
            raise Invalid(_("A bundle needs at least one part."), field="components", code="no_parts")
        return create_product(actor=request.actor, fields=fields, variants=variants, components=parts or ())
    return update_product(
        actor=request.actor, product_id=product.pk, fields=fields, variants=variants, components=parts
    )


@page(Perm.CATALOG_EDIT)
@require_POST
def new_alias(request: PageRequest, product_id: int) -> HttpResponse:
    """Another name of one of the product's variants."""
    product = selectors.get_product(request.actor, product_id)
    form = AliasForm(request.POST, variants=list(product.variants.all()))
    if form.is_valid():
        with form_errors(form):
            add_alias(
                actor=request.actor,
                variant_id=int(form.cleaned_data["variant"]),
                text=form.cleaned_data["text"],
            )
            return redirect(request, reverse("product", args=[product_id]) + "#aliases")
    return render_page(request, "products/detail.html", detail_context(request.actor, product, form), status=422)


@page(Perm.CATALOG_EDIT)
@require_POST
def drop_alias(request: PageRequest, alias_id: int) -> HttpResponse:
    product_id = selectors.alias_product_id(request.actor, alias_id)
    remove_alias(actor=request.actor, alias_id=alias_id)
    return redirect(request, reverse("product", args=[product_id]) + "#aliases")
