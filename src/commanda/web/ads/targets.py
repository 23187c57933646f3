"""What a lead or a delivered order of each product may take of ads: set by the administrator, seen by buyers."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.ads.models import SpendTarget
from commanda.ads.selectors import Targets, targets_on
from commanda.ads.services.targets import set_target
from commanda.catalog.models import Product
from commanda.catalog.selectors import products
from commanda.insights.services.derive_targets import derive_targets
from commanda.kernel.errors import NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.web.ads.forms import TargetForm
from commanda.web.ads.tabs import tabs
from commanda.web.htmx import render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, form_errors, page


@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
def target_list(request: PageRequest) -> HttpResponse:
    """The targets in force; those who edit the finances change them here."""
    actor = request.actor
    goods = list(products(actor, only_active=True))
    known = targets_on(actor)
    posted: tuple[int, TargetForm] | None = None
    if request.method == "POST":
        actor.require(Perm.FINANCE_EDIT)
        if "derive" in request.POST:
            return _derive(request)
        product = _product(request, goods)
        form = TargetForm(request.POST)
        if form.is_valid():
            with form_errors(form):
                _save(request, product.pk, form)
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("ads_targets"))
        posted = product.pk, form
    rows = [_row(product, known.get(product.pk, Targets()), posted) for product in goods]
    context = {
        **tabs(actor, "ads_targets"),
        "rows": rows,
        "may_edit": actor.can(Perm.FINANCE_EDIT),
        "may_derive": actor.can(Perm.FINANCE_EDIT) and actor.can(Perm.FINANCE_VIEW),
        "has_any": bool(known),
    }
    return render_page(request, "ads/targets.html", context, status=422 if posted else 200)


def _derive(request: PageRequest) -> HttpResponse:
    number = derive_targets(actor=request.actor)
    if number:
        messages.success(
            request,
            ngettext(
                "The targets of one product were worked out.", "The targets of %(n)s products were worked out.", number
            )
            % {"n": number},
        )
    else:
        messages.warning(request, _("Too little was delivered in the last 30 days to work out a target."))
    return HttpResponseRedirect(reverse("ads_targets"))


def _save(request: PageRequest, product_id: int, form: TargetForm) -> None:
    """Only what changes on the day: a derived target stays a derived one when the other is typed."""
    day = form.cleaned_data["valid_from_on"]
    in_force = targets_on(request.actor, day).get(product_id, Targets())
    with unit_of_work():
        for kind in SpendTarget.Kind.values:
            amount = form.cleaned_data[kind]
            if amount != _amount(in_force, kind):
                set_target(actor=request.actor, product_id=product_id, kind=kind, amount=amount, valid_from_on=day)


def _amount(targets: Targets, kind: str) -> Decimal | None:
    target: SpendTarget | None = getattr(targets, kind)
    return target.amount if target else None


def _product(request: PageRequest, goods: list[Product]) -> Product:
    wanted = number_or_none(request.POST.get("product"))
    found = next((product for product in goods if product.pk == wanted), None)
    if found is None:
        raise NotFound
    return found


def _row(product: Product, targets: Targets, posted: tuple[int, TargetForm] | None) -> dict[str, Any]:
    if posted is not None and posted[0] == product.pk:
        form = posted[1]
    else:
        form = TargetForm(initial={kind: _amount(targets, kind) for kind in SpendTarget.Kind.values})
    return {"product": product, "targets": targets, "form": form}
