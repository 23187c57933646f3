"""Products as everyone sees them: price, stock, what to say on the phone. No cost."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.catalog import selectors
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.stock.selectors import bundle_available, product_units
from commanda.web.htmx import render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page
from commanda.web.products.forms import AliasForm
from commanda.web.products.offers import offer_context

SIZE = 48
SHOWN = {"": True, "off": False, "all": None}


@page(Perm.STOCK_VIEW)
@require_safe
def product_list(request: PageRequest) -> HttpResponse:
    """The products on sale (or the others); htmx gets the part below the filters."""
    search, shown = request.GET.get("q", "")[:100], request.GET.get("show", "")
    category = request.GET.get("category", "")
    rows = keyset_page(
        selectors.product_list(
            request.actor,
            search=search,
            category_id=number_or_none(category),
            is_active=SHOWN.get(shown, True),
        ),
        order=("name", "id"),
        cursor=request.GET.get("after"),
        size=SIZE,
    )
    context: dict[str, Any] = {
        "page": rows,
        "units": product_units(request.actor, [product.pk for product in rows]),
        "categories": selectors.categories(),
        "category": category,
        "search": search,
        "show": shown,
        "shown_choices": [("", _("On sale")), ("off", _("Not on sale")), ("all", _("All"))],
        "is_filtered": bool(search or category or shown),
    }
    return render_page(request, "products/list.html", context, partial="products/_list.html")


@page(Perm.STOCK_VIEW)
@require_safe
def product_detail(request: PageRequest, product_id: int) -> HttpResponse:
    product = selectors.get_product(request.actor, product_id)
    return render_page(request, "products/detail.html", detail_context(request.actor, product))


def detail_context(actor: Actor, product: Product, alias_form: AliasForm | None = None) -> dict[str, Any]:
    """What the product's page shows."""
    variants = list(product.variants.all())
    sets = bundle_available(actor, [variant.pk for variant in variants]) if product.is_bundle else {}
    return {
        "product": product,
        "variants": [(variant, getattr(variant, "level", None), sets.get(variant.pk)) for variant in variants],
        "units": product_units(actor, [product.pk]).get(product.pk),
        "parts": selectors.parts(actor, product.pk) if product.is_bundle else [],
        "aliases": [(variant, alias) for variant in variants for alias in variant.aliases.all()],
        "alias_form": alias_form or AliasForm(variants=variants),
        **offer_context(actor, product),
    }
