"""The address of a source: its secret, the script for a sheet, and what was sent to it."""

import json
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts.permissions import Perm
from commanda.intake import jobs, selectors
from commanda.intake.models import Source
from commanda.intake.services.hooks import close_hook, make_secret
from commanda.intake.services.hooks_take_in import retry_delivery
from commanda.web.account.fresh import confirmed
from commanda.web.page import PageRequest, page

_BLANK: Final = "…"
_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "testserver")


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
@confirmed()
def hook_page(request: PageRequest, source_id: int) -> HttpResponse:
    """How to send to this source. A new secret is in the answer to its making and nowhere else."""
    source = selectors.get_source(request.actor, source_id)
    if source.kind == Source.Kind.FILE:
        return HttpResponseRedirect(reverse("intake_source", args=[source_id]))
    secret = ""
    if request.method == "POST":
        source, secret = make_secret(actor=request.actor, source_id=source_id)
    address = request.build_absolute_uri(reverse("intake_hook", args=[source.hook_id])) if source.hook_id else ""
    context: dict[str, Any] = {
        "source": source,
        "secret": secret,
        "address": address,
        "script": script_of(source, address, secret) if address and _has_script(source) else "",
        "is_local": request.get_host().rsplit(":", 1)[0] in _LOCAL,
        "sample": json.dumps(_SAMPLE, ensure_ascii=False),
    }
    return render(request, "intake/hook.html", context)


@require_POST
@page(Perm.INTAKE_MANAGE)
def close(request: PageRequest, source_id: int) -> HttpResponse:
    """A sheet is read by the clock alone again."""
    selectors.get_source(request.actor, source_id)
    close_hook(actor=request.actor, source_id=source_id)
    messages.success(request, _("The address is closed. The sheet is read by the clock alone."))
    return HttpResponseRedirect(reverse("intake_source", args=[source_id]))


@require_POST
@page(Perm.INTAKE_MANAGE)
def retry(request: PageRequest, source_id: int, delivery_id: int) -> HttpResponse:
    """Take a failed delivery in again."""
    retry_delivery(actor=request.actor, source_id=source_id, delivery_id=delivery_id)
    jobs.queue_reading(source_id, request.actor.user_id)
    messages.info(request, _("The delivery is being taken in again."))
    return HttpResponseRedirect(reverse("intake_source", args=[source_id]))


def script_of(source: Source, address: str, secret: str) -> str:
    """The Apps Script of a sheet: it sends the rows, or, of a sheet that we read ourselves, only that it changed."""
    context = {
        "name": " ".join(source.name.replace("*/", " ").split()),
        "address": _literal(address),
        "secret": _literal(secret or _BLANK),
        "sends_rows": source.kind == Source.Kind.HOOK,
    }
    return render_to_string("intake/apps_script.js", context)


def _has_script(source: Source) -> bool:
    return source.is_sheet or bool(source.options.get("is_script"))


def _literal(text: str) -> str:
    """A text as JavaScript writes it."""
    return json.dumps(text).replace("</", "<\\/")


_SAMPLE: Final = {
    "order_id": "1001",
    "customer": {"name": "Amal Exemple", "phone": "0612345678", "city": "Rabat"},
    "items": [{"sku": "ATLAS-1", "quantity": 1, "price": 199}],
    "total": 199,
}
