"""Who works on what, what nobody works on, and giving orders to somebody else; follows live."""

from collections.abc import Callable
from typing import Any, Final

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import names_of
from commanda.confirmation import selectors
from commanda.confirmation.selectors import Board
from commanda.confirmation.services.reassign import (
    MOST_ORDERS,
    Moved,
    Reassigned,
    reassign,
    reassign_by_rules,
    undo_reassign,
)
from commanda.kernel.clock import now
from commanda.kernel.errors import CommandaError, Invalid
from commanda.web.board.columns import columns_of, kind_of
from commanda.web.htmx import render_page, trigger, wants_partial
from commanda.web.numbers import number_or_none, numbers_of
from commanda.web.page import PageRequest, page

NOBODY: Final = "none"
BY_RULES: Final = "rules"
_SALT: Final = "board.undo"
_UNDO_SECONDS: Final = 3600
KEPT_SHOWN: Final = 100


@page(Perm.ORDERS_ASSIGN)
@require_safe
def team_board(request: PageRequest) -> HttpResponse:
    """The board; its live parts ask for themselves with `part`."""
    if wants_partial(request) and request.GET.get("part") == "now":
        return render(request, "board/_now.html", _now(selectors.board(request.actor)))
    return render_page(request, "board/board.html", _context(request), partial="board/_work.html")


@page(Perm.ORDERS_ASSIGN)
@require_POST
def reassign_orders(request: PageRequest) -> HttpResponse:
    """Give the ticked orders, or all of the ticked columns, to an agent, to nobody, or to whom the rules say."""
    to = request.POST.get("agent", "")
    ids = _chosen(request)

    def work() -> Reassigned:
        if to == BY_RULES:
            return reassign_by_rules(actor=request.actor, order_ids=ids)
        return reassign(actor=request.actor, order_ids=ids, agent_id=_agent_id(to))

    return _answer(request, work)


@page(Perm.ORDERS_ASSIGN)
@require_POST
def undo(request: PageRequest) -> HttpResponse:
    """Give back what was given a moment ago."""

    def work() -> Reassigned:
        try:
            rows = signing.loads(request.POST.get("moved", ""), salt=_SALT, max_age=_UNDO_SECONDS)
        except signing.BadSignature:
            raise Invalid(
                _("It is too late to take this back. Give the orders by hand."), code="undo_too_late"
            ) from None
        return undo_reassign(actor=request.actor, moved=[Moved(pk, "", former, given) for pk, former, given in rows])

    return _answer(request, work, is_undo=True)


def _answer(request: PageRequest, work: Callable[[], Reassigned], *, is_undo: bool = False) -> HttpResponse:
    """What came of it, above the columns; the columns then ask for themselves."""
    result, error = None, None
    try:
        result = work()
    except CommandaError as refused:
        error = refused
    context: dict[str, Any] = {"result": _in_words(result, is_undo=is_undo) if result else None, "error": error}
    if not wants_partial(request):
        context |= _context(request)
    status = error.status if error else 200
    response = render_page(request, "board/board.html", context, partial="board/_result.html", status=status)
    return response if error else trigger(response, "board-changed")


def _in_words(result: Reassigned, *, is_undo: bool) -> dict[str, Any]:
    names = names_of({pk for row in result.moved for pk in (row.former_id, row.agent_id) if pk is not None})

    def name(pk: int | None) -> str:
        return names.get(pk, "?") if pk is not None else _("nobody")

    signed = [[row.order_id, row.former_id, row.agent_id] for row in result.moved]
    return {
        "moved_qty": len(result.moved),
        "per_agent": [(name(pk), number) for pk, number in result.per_agent],
        "moved": [(row.reference, name(row.former_id), name(row.agent_id)) for row in result.moved[:KEPT_SHOWN]],
        "kept_qty": len(result.kept),
        "kept": result.kept[:KEPT_SHOWN],
        "is_undo": is_undo,
        "undo": signing.dumps(signed, salt=_SALT, compress=True) if signed and not is_undo else "",
    }


def _context(request: PageRequest) -> dict[str, Any]:
    board = selectors.board(request.actor)
    columns = columns_of(request.actor, board, request.GET)
    shown = [entry.order_id for column in columns for entry in column.page]
    leases = selectors.live_leases(now()).filter(order_id__in=shown).values_list("order_id", flat=True)
    is_alone = len(columns) == 1
    return {
        **_now(board),
        "columns": columns,
        "is_alone": is_alone,
        "column": columns[0].kind.slug if is_alone else "",
        "in_hand": set(leases),
    }


def _now(board: Board) -> dict[str, Any]:
    """The agents, and the team's day in a few figures."""
    confirmed, orders = (sum(getattr(row, name) for row in board.rows) for name in ("confirmed", "orders"))
    return {
        "board": board,
        "due": sum(row.due for row in board.rows),
        "calls": sum(row.calls for row in board.rows),
        "confirmed": confirmed,
        "rate": confirmed / orders if orders else None,
        "most_open": max((row.open for row in board.rows), default=0) or 1,
    }


def _chosen(request: PageRequest) -> list[int]:
    """The ticked orders and those of the columns that were chosen as a whole."""
    ids = dict.fromkeys(numbers_of(request.POST.getlist("ids")))
    slugs = request.POST.getlist("every")
    if slugs:
        board = selectors.board(request.actor)
        for kind in filter(None, (kind_of(slug, board) for slug in slugs)):
            ids |= dict.fromkeys(kind.rows(request.actor).values_list("order_id", flat=True)[: MOST_ORDERS + 1])
    return list(ids)


def _agent_id(text: str) -> int | None:
    if text == NOBODY:
        return None
    agent_id = number_or_none(text)
    if agent_id is None:
        raise Invalid(_("Choose who gets the orders."), field="agent", code="no_agent")
    return agent_id
