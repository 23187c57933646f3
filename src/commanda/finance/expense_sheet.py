"""A table of expenses: what its lines would write down, before anything is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Product, Variant
from commanda.finance.models import Expense
from commanda.finance.services.expenses import ExpenseData, checked_expense
from commanda.finance.sheet_columns import CellProblem, Column, Line, cell_amount, cell_day, choice_names, read_lines
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid
from commanda.kernel.text import fold

COLUMNS: Final = (
    Column("spent_on", _("Date"), "date|day|from|du|depuis|jour|التاريخ|تاريخ|من", needed=True),
    Column("kind", _("Kind"), "kind|category|type|genre|nature|catégorie|النوع|الصنف", needed=True),
    Column("amount", _("Amount"), "amount|montant|total|prix|المبلغ|الثمن", needed=True),
    Column("every", _("How often"), "every|how often|frequency|recurring|fréquence|périodicité|récurrence|التكرار"),
    Column("last_on", _("Last day"), "last day|until|to|end|jusqu'au|au|fin|إلى|النهاية"),
    Column("sku", _("SKU"), "sku|product|produit|référence|المنتج|رمز"),
    Column("share", _("Shared out"), "shared out|share|shared|répartition|partage|التوزيع"),
    Column("note", _("Note"), "note|description|libellé|remarque|commentaire|ملاحظة|بيان"),
)
_NO_CHOICE: Final = {
    "kind": _("“%(value)s” is no kind of expense. Write one of: %(choices)s."),
    "every": _("“%(value)s” is not how often something is spent. Write once, every week, every month or every year."),
    "share": _("“%(value)s” is no way to share an expense out. Write by revenue or by delivered orders."),
}


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """A line of the table. `problems` say what to mend; `is_known`: an equal expense is written down already."""

    number: int
    sku: str = ""
    data: ExpenseData | None = None
    product: Product | None = None
    is_known: bool = False
    problems: tuple[str, ...] = ()

    @property
    def kind_label(self) -> Any:
        return Expense.Kind(self.data.kind).label if self.data else ""

    @property
    def every_label(self) -> Any:
        return Expense.Every(self.data.every).label if self.data else ""

    @property
    def share_label(self) -> Any:
        return Expense.Share(self.data.share).label if self.data else ""


@dataclass(frozen=True, slots=True)
class ExpensePlan:
    """What a table would do. `digest` is the same as long as it would do the same."""

    lines: Sequence[ExpenseLine]
    digest: str = field(default="")

    @property
    def wrong(self) -> list[ExpenseLine]:
        return [line for line in self.lines if line.problems]

    @property
    def changing(self) -> list[ExpenseLine]:
        return [line for line in self.lines if not line.problems and not line.is_known]

    @property
    def same(self) -> list[ExpenseLine]:
        return [line for line in self.lines if not line.problems and line.is_known]

    @property
    def expenses(self) -> list[ExpenseData]:
        return [line.data for line in self.changing if line.data]


def parse_expenses(rows: Sequence[Sequence[Any]]) -> list[ExpenseLine]:
    """The lines of a table, with what is wrong in themselves; SKUs are not looked up. Raises `Invalid`."""
    names = {
        "kind": choice_names(Expense.Kind.choices),
        "every": choice_names(Expense.Every.choices),
        "share": choice_names(Expense.Share.choices),
    }
    return [_parsed(line, names) for line in read_lines(COLUMNS, rows)]


def plan_expenses(actor: Actor, lines: Sequence[ExpenseLine]) -> ExpensePlan:
    """The lines with their products, and whether they are written down already. Two queries.

    A file brought twice adds nothing: as many equal lines are left out as equal expenses stand there, void ones not
    counted. Takes the right to see expenses.
    """
    actor.require(Perm.FINANCE_VIEW)
    skus = {line.sku for line in lines if line.sku}
    variants = Variant.objects.select_related("product").filter(sku__in=skus)
    products = {variant.sku: variant.product for variant in variants}
    placed = [_placed(line, products) for line in lines]
    known = _known({line.data.spent_on for line in placed if line.data})
    planned = []
    for line in placed:
        is_known = line.data is not None and not line.problems and known[_key(line.data)] > 0
        if is_known and line.data:
            known[_key(line.data)] -= 1
        planned.append(replace(line, is_known=is_known))
    facts = [(line.is_known, line.data, line.problems) for line in planned]
    return ExpensePlan(planned, sha256(repr(facts).encode()).hexdigest()[:32])


def _parsed(line: Line, names: dict[str, dict[str, str]]) -> ExpenseLine:
    found: dict[str, Any] = {"note": line.text("note")}
    problems = []
    for name, read in (("spent_on", cell_day), ("amount", cell_amount), ("last_on", cell_day)):
        if name == "last_on" and not line.text(name):
            continue
        try:
            found[name] = read(line.cells.get(name, ""))
        except CellProblem as problem:
            problems.append(problem.text)
    for name, known in names.items():
        text = line.text(name)
        value = known.get(fold(text))
        if value is not None:
            found[name] = value
        elif text or name == "kind":
            choices = ", ".join(str(label) for label in Expense.Kind.labels)
            problems.append(str(_NO_CHOICE[name]) % {"value": text[:40], "choices": choices})
    if problems:
        return ExpenseLine(line.number, line.text("sku"), problems=tuple(problems))
    try:
        return ExpenseLine(line.number, line.text("sku"), checked_expense(ExpenseData(**found)))
    except Invalid as error:
        return ExpenseLine(line.number, line.text("sku"), problems=(str(error),))


def _placed(line: ExpenseLine, products: dict[str, Product]) -> ExpenseLine:
    if not line.sku:
        return line
    product = products.get(line.sku)
    if product is None:
        text = str(_("No product has this SKU. Correct it, or leave it empty for the whole shop."))
        return replace(line, problems=(*line.problems, text))
    return replace(line, product=product, data=line.data and replace(line.data, product_id=product.pk))


def _key(data: ExpenseData | Expense) -> tuple[Any, ...]:
    return (data.kind, data.amount, data.every, data.spent_on, data.product_id, data.note)


def _known(days: set[date]) -> Counter[tuple[Any, ...]]:
    """How many expenses of these days stand there, by what they say. Those of several products are never equal."""
    rows = Expense.objects.filter(spent_on__in=days, is_void=False, shares=None)
    return Counter(_key(row) for row in rows)
