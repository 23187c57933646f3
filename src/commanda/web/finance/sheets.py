"""Files of costs and expenses: uploaded, looked at, imported whole or not at all; and the templates to fill in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from commanda.accounts.permissions import Perm
from commanda.finance import cost_sheet, expense_sheet
from commanda.finance.cost_selectors import costed_variants
from commanda.finance.expense_selectors import get_sheet
from commanda.finance.models import Expense, FinanceSheet
from commanda.finance.services.sheets import MAX_BYTES, apply_costs, apply_expenses, store_sheet
from commanda.finance.sheet_columns import MAX_LINES, Column
from commanda.intake.readers import open_file
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.kernel.errors import CommandaError, Conflict, Invalid
from commanda.kernel.export import Row, table_download
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page

SHOWN: Final = 200
HEADER_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class SheetKind:
    """One kind of file. `list_url` is where its rows end up, and the beginning of the names of its addresses."""

    list_url: str
    title: Any
    columns: Sequence[Column]
    plan: Callable[[Actor, Sequence[Sequence[Any]]], Any]
    apply: Callable[..., int]
    more_head: Sequence[Any]
    rows: Callable[[Actor], Iterable[Row]]
    preview: str


def _cost_rows(actor: Actor) -> Iterator[Row]:
    """The SKUs of the shop, to be filled in; what is left empty changes nothing."""
    for variant in costed_variants(actor)[:MAX_LINES]:
        yield variant.sku, None, None, None, variant.label


def _expense_rows(_actor: Actor) -> Iterator[Row]:
    """One example of each way to spend."""
    note = _("An example: delete this row.")
    revenue, orders = (label for _value, label in Expense.Share.choices)
    for kind, amount, every, share in (
        (Expense.Kind.PACKAGING, 350, Expense.Every.ONCE, revenue),
        (Expense.Kind.SALARIES, 4000, Expense.Every.MONTH, orders),
        (Expense.Kind.TOOLS, 1200, Expense.Every.YEAR, revenue),
    ):
        yield today(), kind.label, Decimal(amount), every.label, None, None, share, note


KINDS: Final = {
    FinanceSheet.Kind.COSTS.value: SheetKind(
        "finance_costs",
        gettext_lazy("Import costs"),
        cost_sheet.COLUMNS,
        lambda actor, rows: cost_sheet.plan_costs(actor, cost_sheet.parse_costs(rows)),
        apply_costs,
        [gettext_lazy("Product")],
        _cost_rows,
        "finance/_preview_costs.html",
    ),
    FinanceSheet.Kind.EXPENSES.value: SheetKind(
        "finance_expenses",
        gettext_lazy("Import expenses"),
        expense_sheet.COLUMNS,
        lambda actor, rows: expense_sheet.plan_expenses(actor, expense_sheet.parse_expenses(rows)),
        apply_expenses,
        [],
        _expense_rows,
        "finance/_preview_expenses.html",
    ),
}


class SheetForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX, at most 5 MB and 5,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm,.xls"}),
    )


@page(Perm.FINANCE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PageRequest, what: str) -> HttpResponse:
    """Choose a file; what is no table of ours is refused here."""
    kind = KINDS[what]
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with form_errors(form):
            content = _content(file)
            kind.plan(request.actor, _rows(content))
            sheet = store_sheet(actor=request.actor, kind=what, name=file.name, content=content)
            return HttpResponseRedirect(reverse(f"{kind.list_url}_import_preview", args=[sheet.pk]))
    context = _context(kind, form=form, what=what)
    return render_page(request, "finance/import.html", context, status=422 if form.errors else 200)


@page(Perm.FINANCE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: PageRequest, sheet_id: UUID, what: str) -> HttpResponse:
    """What the file would change, line by line; then all of it, or nothing."""
    kind = KINDS[what]
    sheet = get_sheet(request.actor, sheet_id, what)
    rows = _rows(bytes(sheet.content))
    error: CommandaError | None = None
    if request.method == "POST":
        try:
            count = kind.apply(actor=request.actor, sheet_id=sheet.pk, rows=rows, digest=request.POST.get("digest", ""))
        except (Invalid, Conflict) as problem:
            error = problem
        else:
            _tell(request, count)
            return redirect(request, reverse(kind.list_url))
    plan = kind.plan(request.actor, rows)
    context = _context(
        kind,
        sheet=sheet,
        plan=plan,
        error=error,
        wrong=plan.wrong[:SHOWN],
        changing=plan.changing[:SHOWN],
        shown=SHOWN,
        preview=kind.preview,
    )
    return render_page(request, "finance/import_preview.html", context, status=error.status if error else 200)


@page(Perm.FINANCE_EDIT)
@require_safe
def template(request: PageRequest, kind: str, what: str) -> HttpResponseBase:
    """A table with our headings, to fill in."""
    chosen = KINDS[what]
    head = [*(column.label for column in chosen.columns), *chosen.more_head]
    return table_download(kind=kind, name=f"{what}-template", head=head, rows=chosen.rows(request.actor))


def _tell(request: PageRequest, count: int) -> None:
    if count:
        messages.success(request, _("%(count)s rows were imported.") % {"count": count})
    else:
        messages.info(request, _("Nothing to import: everything in the file stands here already."))


def _content(file: Any) -> bytes:
    if file.size > MAX_BYTES:
        raise Invalid(_("The file is larger than 5 MB. Part it into smaller ones."), field="file", code="too_large")
    return bytes(file.read())


def _rows(content: bytes) -> list[list[Any]]:
    """The rows of a file, a few more than are allowed at most. Raises `ReadProblem`, beside the field of the file."""
    rows: list[list[Any]] = []
    try:
        for row in open_file(content).rows():
            rows.append(row)
            if len(rows) > MAX_LINES + HEADER_ROWS + 1:
                break
    except CommandaError as error:
        error.field = "file"
        raise
    return rows


def _context(kind: SheetKind, **more: Any) -> dict[str, Any]:
    return {
        "tabs": tabs(kind.list_url),
        "title": kind.title,
        "columns": kind.columns,
        "kinds": Expense.Kind.labels if kind.list_url == "finance_expenses" else (),
        "list_url": reverse(kind.list_url),
        "import_url": reverse(f"{kind.list_url}_import"),
        "templates": [(name.upper(), reverse(f"{kind.list_url}_template", args=[name])) for name in ("xlsx", "csv")],
        **more,
    }
