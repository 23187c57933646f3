"""Views of the orders list: shipped ones, own and shared ones, as tabs with counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.errors import CommandaError
from commanda.orders import selectors
from commanda.orders.filters import OrderFilters
from commanda.orders.models import SavedView
from commanda.orders.services.views import delete_view, move_view, save_view, set_list
from commanda.web.htmx import redirect, render_page
from commanda.web.orders.columns import COLUMNS, choose
from commanda.web.orders.filters import filters_of
from commanda.web.page import PageRequest, page

SEE: Final = (Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
# Beyond so many a tab says "1 000+": people need to know that it is many, not how many.
COUNTED: Final = 1_000
_NOT_KEPT: Final = ("after", "view", "columns")


@dataclass(frozen=True, slots=True)
class View:
    """A tab of the list. `key` is what stands in the address; `saved` the row behind it, if any."""

    key: str
    label: Any
    query: str
    columns: Sequence[str] = ()
    permission: str = ""
    saved: SavedView | None = field(default=None, compare=False)

    @property
    def url(self) -> str:
        query = QueryDict(self.query, mutable=True)
        query["view"] = self.key
        return f"?{query.urlencode()}"


SHIPPED: Final = (
    View("to-confirm", gettext_lazy("To confirm"), "stage=confirming"),
    View("callbacks", gettext_lazy("Call-backs overdue"), "callback=overdue"),
    View("nobody", gettext_lazy("Without agent"), "agent=none&stage=new", permission=Perm.ORDERS_ASSIGN),
    View("problems", gettext_lazy("Delivery problems"), "state=delivery_problem"),
    View("duplicates", gettext_lazy("Possible duplicates"), "duplicates=on&period=30d"),
)


def views_of(actor: Actor) -> list[View]:
    """The shipped views the actor has use for, then own and shared ones; one query."""
    shipped = [view for view in SHIPPED if not view.permission or actor.can(view.permission)]
    saved = selectors.saved_views(actor)
    return [*shipped, *(View(str(row.pk), row.name, row.query, row.columns, saved=row) for row in saved)]


def tabs_of(actor: Actor, views: Sequence[View], chosen: str) -> list[dict[str, Any]]:
    """The views as tabs with their counts; one query for all counts."""
    counts = selectors.counts_of_views(actor, [_filters_of_view(view, actor) for view in views], COUNTED)
    return [
        {
            "url": view.url,
            "label": view.label,
            "count": number,
            "has_more": number >= COUNTED,
            "is_active": view.key == chosen,
            "is_shared": view.saved is not None and view.saved.is_shared,
        }
        for view, number in zip(views, counts, strict=True)
    ]


def _filters_of_view(view: View, actor: Actor) -> OrderFilters:
    if view.saved is None:
        return _shipped_filters(view.query)
    return filters_of(QueryDict(view.query), actor)[0]


@cache
def _shipped_filters(query: str) -> OrderFilters:
    """Whoever sees a shipped view may filter as it does."""
    return filters_of(QueryDict(query), system_actor())[0]


def kept_query(query: QueryDict) -> str:
    """The address as a view keeps it: filters without the place in the pages."""
    kept = QueryDict(mutable=True)
    for name in sorted(query):
        if name not in _NOT_KEPT and query[name]:
            kept[name] = str(query[name])
    return kept.urlencode()


@page(*SEE)
@require_http_methods(["GET", "POST"])
def columns_page(request: PageRequest) -> HttpResponse:
    """Which columns, in which order, how dense; kept for the person."""
    settings = selectors.list_settings(request.actor)
    query = request.GET.urlencode()
    if request.method == "POST":
        wanted = [slug for slug in request.POST.getlist("columns") if slug in COLUMNS]
        set_list(
            actor=request.actor,
            columns=[] if request.POST.get("action") == "usual" else wanted,
            is_dense="is_dense" in request.POST,
        )
        return redirect(request, reverse("orders") + (f"?{query}" if query else ""))
    shown = choose(settings.columns, request.actor)
    rest = [column for column in choose(COLUMNS, request.actor) if column not in shown]
    context = {"shown": shown, "rest": rest, "settings": settings, "query": query}
    return render_page(request, "orders/columns.html", context, partial="orders/_columns.html")


@page(*SEE)
@require_http_methods(["GET", "POST"])
def views_page(request: PageRequest) -> HttpResponse:
    """Keep the present filters as a view; order, share and delete own ones."""
    error: CommandaError | None = None
    if request.method == "POST":
        try:
            return _saved(request)
        except CommandaError as refused:
            error = refused
    context = {
        "query": kept_query(request.GET),
        "chips": filters_of(request.GET, request.actor)[1],
        "views": [view for view in views_of(request.actor) if view.saved],
        "all_views": views_of(request.actor),
        "settings": selectors.list_settings(request.actor),
        "error": error,
        "name": request.POST.get("name", ""),
    }
    status = 422 if error else 200
    return render_page(request, "orders/views.html", context, partial="orders/_views.html", status=status)


def _saved(request: PageRequest) -> HttpResponse:
    view = save_view(
        actor=request.actor,
        name=request.POST.get("name", ""),
        query=kept_query(QueryDict(request.POST.get("query", ""))),
        columns=selectors.list_settings(request.actor).columns,
        is_shared="is_shared" in request.POST,
    )
    return redirect(request, reverse("orders") + View(str(view.pk), view.name, view.query).url)


@page(*SEE)
@require_POST
def view_action(request: PageRequest, view_id: int) -> HttpResponse:
    """Rename, share, replace the filters, move or delete an own view."""
    action = request.POST.get("action", "")
    if action == "delete":
        delete_view(actor=request.actor, view_id=view_id)
    elif action in ("earlier", "later"):
        move_view(actor=request.actor, view_id=view_id, step=-1 if action == "earlier" else 1)
    else:
        saved = next((view.saved for view in views_of(request.actor) if view.key == str(view_id)), None)
        replaced = request.POST.get("query")
        save_view(
            actor=request.actor,
            view_id=view_id,
            name=request.POST.get("name") or (saved.name if saved else ""),
            query=kept_query(QueryDict(replaced)) if replaced is not None else (saved.query if saved else ""),
            columns=_columns_of(request, saved, is_replaced=replaced is not None),
            is_shared="is_shared" in request.POST if action == "change" else bool(saved and saved.is_shared),
        )
        if replaced is not None:
            return redirect(request, reverse("orders") + View(str(view_id), "", kept_query(QueryDict(replaced))).url)
    return HttpResponseRedirect(reverse("orders_views"))


def _columns_of(request: PageRequest, saved: SavedView | None, *, is_replaced: bool) -> Sequence[str]:
    """Those on the screen for a view whose filters are replaced, else its own."""
    if is_replaced:
        return selectors.list_settings(request.actor).columns
    return saved.columns if saved else ()


@page(*SEE)
@require_POST
def start_view(request: PageRequest) -> HttpResponse:
    """The view that the list opens with."""
    keys = {view.key for view in views_of(request.actor)}
    chosen = request.POST.get("start_view", "")
    set_list(actor=request.actor, start_view=chosen if chosen in keys else "")
    return HttpResponseRedirect(reverse("orders_views"))
