"""Many orders at once: choose, see what would happen, do it, see what came of each."""

from typing import Any, Final

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import names_of
from commanda.kernel.errors import Busy, CommandaError
from commanda.orders import selectors, tasks
from commanda.orders.models import BulkRun
from commanda.orders.services.bulk import MOST_ORDERS, PIECE, Preview, preview_bulk, start_bulk, work_bulk
from commanda.web.htmx import render_page
from commanda.web.numbers import number_or_none, numbers_of
from commanda.web.once import form_token, once_only
from commanda.web.orders.filters import filters_of
from commanda.web.orders.listing import export_rows
from commanda.web.orders.printing import MOST_PRINTED
from commanda.web.page import PageRequest, page

SEE: Final = (Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
Action = BulkRun.Action
# So many are done while the person waits; the rest by the worker, with a progress bar.
AT_ONCE: Final = 2 * PIECE
REFUSED_SHOWN: Final = 200


@page(*SEE)
@require_POST
def bulk(request: PageRequest) -> HttpResponseBase:
    """What would happen to the chosen orders; with `confirmed` it happens. Exports and prints start at once."""
    action = request.POST.get("action", "")
    if action in ("csv", "xlsx"):
        return export_rows(request, action, _chosen_rows(request))
    if action == "print":
        return HttpResponseRedirect(_print_url(request))
    ids = _chosen(request)
    params = _params(request, action)
    error: CommandaError | None = None
    try:
        if request.POST.get("confirmed"):
            return HttpResponseRedirect(_do(request, action, params, ids))
        preview = preview_bulk(actor=request.actor, action=action, params=params, order_ids=ids) if ids else None
    except CommandaError as refused:
        error, preview = refused, None
    context = {
        "action": action,
        "in_words": in_words(action, params),
        "preview": preview,
        "stock": _stock(preview) if preview else [],
        "error": error,
        "ids": [] if request.POST.get("every") else ids,
        "kept": _kept(request),
        "token": form_token(request),
        "back": _back(request),
        "is_cut": len(ids) > MOST_ORDERS,
    }
    return render(request, "orders/bulk_preview.html", context, status=error.status if error else 200)


@page(*SEE)
@require_safe
def bulk_run(request: PageRequest, run_id: int) -> HttpResponse:
    """Progress and result of a bulk action; follows itself while it goes on."""
    run = selectors.get_bulk_run(request.actor, run_id)
    refused = run.refused[:REFUSED_SHOWN]
    references = selectors.references(request.actor, [pk for pk, _text in refused])
    context = {
        "run": run,
        "in_words": in_words(run.action, run.params),
        "refused": [(references.get(pk, "–"), text) for pk, text in refused],
        "more_refused": len(run.refused) - len(refused),
        "back": _back(request),
    }
    return render_page(request, "orders/bulk_run.html", context, partial="orders/_bulk_run.html")


def in_words(action: str, params: dict[str, Any]) -> str:
    """What is to be done, as a person says it."""
    if action == Action.MOVE:
        label = next((state.label for state in selectors.states() if state.slug == params.get("to")), params.get("to"))
        return _("Move to “%(state)s”") % {"state": label}
    if action == Action.ASSIGN:
        agent = params.get("agent")
        return _("Give to %(agent)s") % {"agent": names_of({agent}).get(agent, "?")} if agent else _("Give to nobody")
    tags = ", ".join(params.get("tags", ()))
    text = _("Add the tags %(tags)s") if action == Action.TAG else _("Take the tags %(tags)s away")
    return text % {"tags": tags}


def _stock(preview: Preview) -> list[tuple[str, str]]:
    """The units that would move, with their sign."""
    units = [
        (_("Reserved"), preview.reserved_qty),
        (_("In transit"), preview.in_transit_qty),
        (_("On hand"), preview.on_hand_qty),
    ]
    return [(label, f"{number:+,}".replace(",", "\u202f")) for label, number in units if number]


def _do(request: PageRequest, action: str, params: dict[str, Any], ids: list[int]) -> str:
    """Note the run exactly once, do a small one here; the address of its page."""
    actor = request.actor

    def start() -> str:
        return str(start_bulk(actor=actor, action=action, params=params, order_ids=ids).pk)

    user_id = request.user.pk
    run_id = int(once_only(request, start, about=action))
    run = selectors.get_bulk_run(actor, run_id)
    if run.order_qty <= AT_ONCE:
        try:
            work_bulk(actor=actor, run_id=run_id)
        except Busy:  # an agent holds one of them: the worker tries again
            tasks.work_bulk.defer(run_id=run_id, user_id=user_id)
    elif run.done_qty == 0:
        tasks.work_bulk.defer(run_id=run_id, user_id=user_id)
    return reverse("orders_bulk_run", args=[run_id]) + _query(request)


def _print_url(request: PageRequest) -> str:
    """The documents of the chosen orders; with "every" the filters say which, and their address stays short."""
    every = bool(request.POST.get("every"))
    query = request.GET.copy() if every else QueryDict(mutable=True)
    query.update({"kind": request.POST.get("paper", "")})
    query.update({"every": "1"} if every else {"ids": ",".join(map(str, _ids(request)[: MOST_PRINTED + 1]))})
    return f"{reverse('orders_print')}?{query.urlencode(safe=',')}"


def _params(request: PageRequest, action: str) -> dict[str, Any]:
    data = request.POST
    if action == Action.MOVE:
        return {name: data.get(name, "") for name in ("to", "reason", "reason_text")}
    if action == Action.ASSIGN:
        return {"agent": number_or_none(data.get("agent"))}
    return {"tags": [tag.strip() for tag in data.get("tag", "").split(",") if tag.strip()]}


def _chosen(request: PageRequest) -> list[int]:
    """The ticked orders, or with "every" all that the list's filters find."""
    if request.POST.get("every"):
        return list(_chosen_rows(request).values_list("pk", flat=True)[: MOST_ORDERS + 1])
    return _ids(request)[:MOST_ORDERS]


def _chosen_rows(request: PageRequest) -> Any:
    rows = selectors.find_orders(request.actor, filters_of(request.GET, request.actor)[0])
    return rows if request.POST.get("every") else rows.filter(pk__in=_ids(request))


def _ids(request: PageRequest) -> list[int]:
    return numbers_of(request.POST.getlist("ids"))


def _kept(request: PageRequest) -> list[tuple[str, str]]:
    """What the confirmation sends again: everything but the ids and the tokens."""
    gone = ("ids", "confirmed", "once", "csrfmiddlewaretoken")
    return [(name, str(value)) for name, value in request.POST.items() if name not in gone]


def _query(request: PageRequest) -> str:
    kept: QueryDict = request.GET.copy()
    kept.pop("after", None)
    return f"?{kept.urlencode()}" if kept else ""


def _back(request: PageRequest) -> str:
    return reverse("orders") + _query(request)
