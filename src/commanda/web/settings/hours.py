"""Settings of calls: the hours of all stores, of single ones, and days off."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts.permissions import Perm
from commanda.confirmation.retry import within_hours
from commanda.confirmation.selectors import as_hours, call_policy, days_off, holidays, store_hours
from commanda.confirmation.services.policy import add_holiday, remove_holiday, remove_hours, save_hours
from commanda.kernel.clock import now
from commanda.orders.models import Store
from commanda.orders.selectors import get_store
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.settings.call_forms import HolidayForm, HoursForm
from commanda.web.settings.call_tabs import CALLS, tabs


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: PageRequest, store_id: int | None = None) -> HttpResponse:
    """The hours of all stores, or those of one."""
    store = get_store(store_id) if store_id else None
    own = {row.store_id: row for row in store_hours()}
    form = HoursForm(request.POST or None, window=own.get(store_id or 0) or call_policy())
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_hours(actor=request.actor, fields=form.cleaned_data, store_id=store_id)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("settings_hours"))
    return _page(request, form, HolidayForm(), store)


@page(Perm.SETTINGS_MANAGE)
@require_POST
def remove(request: PageRequest, store_id: int) -> HttpResponse:
    """The store calls in the hours of all again."""
    remove_hours(actor=request.actor, store_id=get_store(store_id).pk)
    messages.success(request, _("The store calls in the hours of all stores again."))
    return redirect(request, reverse("settings_hours"))


@page(Perm.SETTINGS_MANAGE)
@require_POST
def holiday_add(request: PageRequest) -> HttpResponse:
    form = HolidayForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            add_holiday(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("settings_hours"))
    return _page(request, HoursForm(window=call_policy()), form, None)


@page(Perm.SETTINGS_MANAGE)
@require_POST
def holiday_remove(request: PageRequest, holiday_id: int) -> HttpResponse:
    remove_holiday(actor=request.actor, holiday_id=holiday_id)
    return redirect(request, reverse("settings_hours"))


def _page(request: PageRequest, form: HoursForm, holiday_form: HolidayForm, store: Store | None) -> HttpResponse:
    policy, at, off = call_policy(), now(), days_off()
    own = {row.store_id: row for row in store_hours()}
    rows = []
    for each in Store.objects.filter(is_active=True):
        window = own.get(each.pk)
        opens_at = within_hours(at, as_hours(window or policy, off))
        rows.append({"store": each, "window": window or policy, "is_own": window is not None, "opens_at": opens_at})
    context = {
        "form": form,
        "holiday_form": holiday_form,
        "store": store,
        "rows": rows,
        "at": at,
        "holidays": holidays(at),
        "policy": policy,
        "tabs": tabs(CALLS, "settings_hours"),
    }
    failed = form.errors or holiday_form.errors
    return render_page(request, "settings/hours.html", context, status=422 if failed else 200)
