"""What an administrator sets: stores, the workflow, and what was changed by whom; calls and assignment stand beside."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from commanda.accounts.permissions import Perm
from commanda.audit.selectors import everything
from commanda.orders.selectors import get_store, stores_with_numbers
from commanda.orders.services.stores import save_store
from commanda.orders.stages import BUCKETS, Stage
from commanda.orders.workflow import current_graph
from commanda.web.history import lines, matching
from commanda.web.history_words import AREAS
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page
from commanda.web.settings.forms import StoreForm

CARDS = [
    (
        "settings_calls",
        "phone-call",
        gettext_lazy("Calls"),
        gettext_lazy("Outcomes, retries, calling hours and limits."),
    ),
    (
        "settings_assignment",
        "arrows-split-2",
        gettext_lazy("Assignment"),
        gettext_lazy("Who gets which new order, and what each agent handles."),
    ),
    (
        "settings_stores",
        "building-store",
        gettext_lazy("Stores"),
        gettext_lazy("The brands you sell under and their references."),
    ),
    (
        "settings_workflow",
        "git-branch",
        gettext_lazy("Workflow"),
        gettext_lazy("The states of an order and who may move it."),
    ),
    (
        "settings_order_types",
        "forms",
        gettext_lazy("Order types"),
        gettext_lazy("What is asked for when an order is entered by hand."),
    ),
    (
        "shipping_carriers",
        "truck",
        gettext_lazy("Carriers"),
        gettext_lazy("Delivery companies and their tracking links."),
    ),
    (
        "settings_alerts",
        "bell",
        gettext_lazy("Alerts"),
        gettext_lazy("What should wake somebody, its limits and whom it tells."),
    ),
    ("team", "users-group", gettext_lazy("Team"), gettext_lazy("People, roles and API keys.")),
    (
        "settings_audit",
        "history",
        gettext_lazy("History"),
        gettext_lazy("Who changed what, and when. It cannot be rewritten."),
    ),
]
BUCKET_LABELS = {
    "none": gettext_lazy("free"),
    "reserved": gettext_lazy("reserved"),
    "in_transit": gettext_lazy("in transit"),
    "gone": gettext_lazy("sold"),
}


@page(Perm.SETTINGS_MANAGE)
@require_safe
def index(request: PageRequest) -> HttpResponse:
    cards = [{"url": reverse(name), "icon": icon, "title": title, "text": text} for name, icon, title, text in CARDS]
    return render_page(request, "settings/index.html", {"cards": cards})


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def stores(request: PageRequest, store_id: int | None = None) -> HttpResponse:
    """The stores, and the form for a new or the chosen one."""
    store = get_store(store_id) if store_id else None
    form = StoreForm(request.POST or None, store=store)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            data = form.cleaned_data
            save_store(
                actor=request.actor,
                name=data["name"],
                reference_prefix=data["reference_prefix"],
                is_active=data["is_active"],
                store_id=store_id,
            )
            messages.success(request, _("Saved."))
            return redirect(request, reverse("settings_stores"))
    context = {"form": form, "store": store, "stores": stores_with_numbers()}
    return render_page(request, "settings/stores.html", context, status=422 if form.errors else 200)


@page(Perm.SETTINGS_MANAGE)
@require_safe
def workflow(request: PageRequest) -> HttpResponse:
    """The states by stage, what each does to the stock, and the moves out of each."""
    graph = current_graph()
    stages: list[dict[str, Any]] = []
    for stage in Stage:
        nodes = sorted((n for n in graph.states.values() if n.stage is stage), key=lambda n: n.position)
        rows = [
            {
                "label": node.label,
                "colour": node.color,
                "moves": [
                    (
                        graph.states[move.target].label,
                        graph.states[move.target].color,
                        Perm(move.permission).label,
                    )
                    for move in graph.moves_from(node.pk)
                ],
            }
            for node in nodes
        ]
        stages.append({"label": stage.label, "bucket": BUCKET_LABELS[BUCKETS[stage].value], "states": rows})
    return render_page(request, "settings/workflow.html", {"stages": stages})


@page(Perm.SETTINGS_MANAGE)
@require_safe
def audit(request: PageRequest) -> HttpResponse:
    """Everything that happened, newest first, in words."""
    words, area = request.GET.get("q", "").strip(), request.GET.get("area", "")
    _label, subjects = AREAS.get(area, ("", ()))
    found = everything(request.actor, words=words, names=matching(words), subjects=subjects)
    rows = keyset_page(found, order=("-id",), cursor=request.GET.get("after"))
    context = {
        "page": rows,
        "lines": lines(request.actor, rows.rows),
        "areas": [(slug, label) for slug, (label, _subjects) in AREAS.items()],
        "area": area,
        "is_filtered": bool(words or subjects),
    }
    return render_page(request, "settings/audit.html", context, partial="settings/_audit.html")
