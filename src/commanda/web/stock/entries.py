"""Receive from a supplier; note damage, loss and what was found."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import CommandaError
from commanda.stock.services.documents import StockLine, adjust_stock, receive_stock
from commanda.web.htmx import redirect, render_page
from commanda.web.once import form_token, once_only
from commanda.web.page import PageRequest, page
from commanda.web.rows import ADD, typed_rows
from commanda.web.stock.forms import AdjustmentForm, LineForm, LineFormSet, ReceiptForm, stock_lines, variant_choices

PREFIX = "lines"
Write = Callable[[dict[str, Any], list[StockLine]], Any]


@page(Perm.STOCK_EDIT)
def receive(request: PageRequest) -> HttpResponse:
    """Several products of one delivery."""

    def write(data: dict[str, Any], lines: list[StockLine]) -> Any:
        return receive_stock(actor=request.actor, lines=lines, **data)

    return _entry(request, ReceiptForm, "stock/receive.html", write, _("The units are in stock."))


@page(Perm.STOCK_EDIT)
def adjust(request: PageRequest) -> HttpResponse:
    """Units that are no longer there, or are there after all."""

    def write(data: dict[str, Any], lines: list[StockLine]) -> Any:
        return adjust_stock(actor=request.actor, lines=lines, **data)

    return _entry(request, AdjustmentForm, "stock/adjust.html", write, _("The stock is corrected."))


def _entry(request: PageRequest, form_class: type[forms.Form], template: str, write: Write, done: str) -> HttpResponse:
    options = {"choices": variant_choices(request.actor)}
    is_sent = request.method == "POST" and ADD not in request.POST
    if is_sent:
        form, formset = form_class(request.POST), LineFormSet(request.POST, prefix=PREFIX, form_kwargs=options)
        if form.is_valid() and formset.is_valid():
            try:
                once_only(request, lambda: str(write(form.cleaned_data, stock_lines(formset)).pk))
            except CommandaError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, done)
                return redirect(request, reverse("stock"))
    else:
        typed = typed_rows(request.POST, PREFIX, LineForm)
        first = [{"variant": request.GET["variant"]}] if "variant" in request.GET else []
        form = form_class(initial=request.POST.dict() or None)
        formset = LineFormSet(prefix=PREFIX, initial=typed or first, form_kwargs=options)
    context = {"form": form, "formset": formset, "token": form_token(request), "back": reverse("stock")}
    return render_page(request, template, context, status=422 if is_sent else 200)
