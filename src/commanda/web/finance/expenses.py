"""Expenses: what the days of a month or of a chosen span cost, filtered, charted, exported."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.catalog.selectors import products
from commanda.finance.expense_selectors import ExpenseFilter, expense_sums, expenses
from commanda.finance.models import Expense
from commanda.finance.selectors import months_back
from commanda.finance.services.checks import FIRST_DAY
from commanda.kernel.clock import today
from commanda.kernel.export import MAX_ROWS, Row, table_download
from commanda.web.account.fresh import confirmed
from commanda.web.charts import Chart, Series, Unit, bar, donut
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

MONTHS: Final = 12
CHARTED: Final = 6
LONGEST: Final = timedelta(days=731)
ORDER: Final = ("-spent_on", "-id")
MODES: Final = {"recurring": True, "once": False}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address asks for; `month` is None where two days were typed."""

    wanted: ExpenseFilter
    month: date | None
    mode: str

    @property
    def active(self) -> int:
        """How many filters are set beside the month."""
        wanted = self.wanted
        return sum([bool(wanted.kind), wanted.product_id is not None, bool(self.mode), self.month is None])


@page(Perm.FINANCE_VIEW)
@require_safe
def expense_list(request: PageRequest) -> HttpResponse:
    """The expenses of a span with their sums by kind; htmx gets the part below the filters."""
    chosen = read_filters(request)
    wanted = chosen.wanted
    found = keyset_page(expenses(request.actor, wanted), order=ORDER, cursor=request.GET.get("after"))
    by_kind = expense_sums(request.actor, wanted, "kind")
    amounts = expense_sums(request.actor, wanted, "expense", ids=[row.pk for row in found])
    totals = sorted(((kind, amount) for (kind,), amount in by_kind.items()), key=lambda pair: -pair[1])
    labels = dict(Expense.Kind.choices)
    context = {
        "tabs": tabs("finance_expenses"),
        "chosen": chosen,
        "wanted": wanted,
        "page": found,
        "rows": [(row, amounts.get((row.pk,), Decimal(0))) for row in found],
        "total": sum(by_kind.values(), Decimal(0)),
        "chart": donut(_("Expenses by kind"), [(labels[k], v, "") for k, v in totals], unit=Unit.MAD),
        "course": _course(request, chosen),
        "months": _months(chosen.month),
        "kinds": Expense.Kind.choices,
        "products": products(request.actor),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(request, "finance/expenses.html", context, partial="finance/_expenses.html")


@page(Perm.FINANCE_VIEW)
@confirmed(also_reading=True)
@require_safe
def export(request: PageRequest, kind: str) -> HttpResponseBase:
    """The expenses under the same filters, with what each costs in the span."""
    head = [
        _("Date"), _("Kind"), _("Amount"), _("How often"), _("Last day"), _("For"), _("Shared out"), _("Note"),
        _("In this period"), _("Void"), _("Written by"), _("Receipts"),
    ]  # fmt: skip
    return table_download(kind=kind, name="expenses", head=head, rows=_export_rows(request))


def _export_rows(request: PageRequest) -> Iterator[Row]:
    wanted = read_filters(request).wanted
    amounts = expense_sums(request.actor, wanted, "expense")
    for row in expenses(request.actor, wanted)[:MAX_ROWS].iterator(chunk_size=500):
        parts = [f"{part.product.name} {part.percent.normalize():f} %" for part in row.shares.all()]
        is_whole = row.product is None and not parts
        yield (
            row.spent_on,
            row.get_kind_display(),
            row.amount,
            row.get_every_display(),
            row.last_on,
            row.product.name if row.product else ", ".join(parts) or _("The whole shop"),
            row.get_share_display() if is_whole else "",
            row.note,
            amounts.get((row.pk,), Decimal(0)),
            _("yes") if row.is_void else _("no"),
            row.made_by.name if row.made_by else "",
            len(row.receipts.all()),
        )


def read_filters(request: PageRequest) -> Chosen:
    """Two days when both are given, otherwise a month, by default this one; nonsense filters nothing."""
    first, last = _day(request.GET.get("from")), _day(request.GET.get("to"))
    month = None
    if first is None or last is None:
        month = _month(request.GET.get("month", ""))
        first, last = month, month_end(month)
    first, last = sorted((first, last))
    kind = request.GET.get("kind", "")
    mode = request.GET.get("every", "")
    return Chosen(
        ExpenseFilter(
            first=first,
            last=min(last, first + LONGEST),
            kind=kind if kind in Expense.Kind.values else "",
            product_id=number_or_none(request.GET.get("product")),
            is_recurring=MODES.get(mode),
        ),
        month,
        mode if mode in MODES else "",
    )


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _day(text: str | None) -> date | None:
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    # Plans go a year ahead; the calendar ends in the year 9999.
    return day if day and FIRST_DAY <= day <= today() + LONGEST else None


def _month(text: str) -> date:
    day = _day(f"{text}-01")
    return day or today().replace(day=1)


def _months(current: date | None) -> list[dict[str, Any]]:
    months = {*months_back(today(), MONTHS), *([current] if current else [])}
    return [
        {"value": f"{first:%Y-%m}", "label": date_format(first, "F Y"), "is_current": first == current}
        for first in sorted(months, reverse=True)
    ]


def _course(request: PageRequest, chosen: Chosen) -> Chart:
    """The kinds of the last months, one upon the other, with the other filters."""
    months = sorted(months_back(chosen.wanted.last, CHARTED))
    wanted = ExpenseFilter(
        months[0],
        month_end(months[-1]),
        chosen.wanted.kind,
        chosen.wanted.product_id,
        chosen.wanted.is_recurring,
    )
    sums = expense_sums(request.actor, wanted, "month", "kind")
    labels = dict(Expense.Kind.choices)
    kinds = [kind for kind in labels if any(of == kind for _month, of in sums)]
    return bar(
        _("Expenses by month"),
        [date_format(month, "M Y") for month in months],
        [Series(labels[kind], [sums.get((month, kind), Decimal(0)) for month in months]) for kind in kinds],
        unit=Unit.MAD,
        stacked=True,
    )
