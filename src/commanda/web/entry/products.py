"""Finding what is ordered: by typing, or several at once from a list."""

import re
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor
from commanda.kernel.money import format_mad
from commanda.kernel.text import fold, western_digits
from commanda.web.entry.lines import choices
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page

# "3 montre", "montre x3": how many are wanted stands beside the name.
FRONT = re.compile(r"^(\d{1,2})\s*[x×*]?\s+(.+)$")
BACK = re.compile(r"^(.+?)\s*[x×*]\s*(\d{1,2})$")
MOST_RESULTS = 12


@page(Perm.ORDERS_CREATE)
@require_safe
def search(request: PageRequest) -> JsonResponse:
    """What the search box offers, and the quantity typed beside the name."""
    rows, quantity = _found(request.actor, western_digits(request.GET.get("q", "")).strip()[:100])
    results = [_as_json(variant) for variant in rows[:MOST_RESULTS]]
    return JsonResponse({"results": results, "quantity": quantity})


def _found(actor: Actor, q: str) -> tuple[list[Variant], int]:
    """The whole text first: "3 en 1" is a name. A number that only a SKU happens to hold is a quantity."""
    rows = choices(actor, q)
    if any(fold(q) in fold(variant.label) for variant in rows):
        return rows, 1
    for pattern, (name, number) in ((FRONT, (2, 1)), (BACK, (1, 2))):
        match = pattern.match(q)
        if match and int(match[number]) and (named := choices(actor, match[name])):
            return named, int(match[number])
    return rows, 1


def _as_json(variant: Variant) -> dict[str, Any]:
    level = getattr(variant, "level", None)
    return {
        "value": variant.pk,
        "text": variant.label,
        "detail": variant.sku,
        "price": str(variant.price_amount),
        "shown": format_mad(variant.price_amount),
        "available": level.available if level is not None else None,
    }


@page(Perm.ORDERS_CREATE)
@require_safe
def choice_list(request: PageRequest) -> HttpResponse:
    """The list from which several are chosen at once."""
    q = request.GET.get("q", "")[:100]
    return render_page(request, "entry/_choices.html", {"choices": choices(request.actor, q), "q": q})
