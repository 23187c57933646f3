"""A table of product costs: what its lines would change, before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.finance.models import ProductCost
from commanda.finance.services.costs import UnitCost, checked_cost
from commanda.finance.sheet_columns import CellProblem, Column, Line, cell_amount, cell_day, read_lines
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid
from commanda.kernel.money import ZERO

COLUMNS: Final = (
    Column("sku", _("SKU"), "sku|ref|reference|réf|référence|code|code article|رمز|المرجع|الرمز", needed=True),
    Column(
        "purchase_amount",
        _("Purchase"),
        "purchase|purchase price|cost|unit cost|achat|prix d'achat|cout|coût|coût d'achat|coût unitaire"
        "|ثمن الشراء|الشراء|الكلفة|التكلفة",
        needed=True,
    ),
    Column(
        "landed_amount",
        _("Freight, customs …"),
        "landed|freight|customs|extra|freight customs|frais|frais d'approche|fret|douane|transport|transit"
        "|مصاريف|الشحن|الجمارك",
    ),
    Column(
        "valid_from_on",
        _("Valid from"),
        "valid from|from|since|date|valable à partir du|à partir du|depuis|valable du|من تاريخ|ابتداء من|التاريخ",
    ),
)


class LineState(StrEnum):
    """What a line does: says what is known, sets a cost for a day without one, replaces that of a day, or is wrong."""

    SAME = "same"
    NEW = "new"
    REPLACES = "replaces"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class CostLine:
    """A line of the table. `problems` say by column what to mend; `was` is the cost valid on that day until now."""

    number: int
    sku: str
    cost: UnitCost | None = None
    variant: Variant | None = None
    was: ProductCost | None = None
    problems: tuple[str, ...] = ()

    @property
    def state(self) -> LineState:
        if self.problems or self.cost is None:
            return LineState.WRONG
        if self.was is None or self.was.valid_from_on != self.cost.valid_from_on:
            return LineState.NEW
        is_same = (self.was.purchase_amount, self.was.landed_amount) == (
            self.cost.purchase_amount,
            self.cost.landed_amount,
        )
        return LineState.SAME if is_same else LineState.REPLACES

    @property
    def amount(self) -> Decimal | None:
        return None if self.cost is None else self.cost.purchase_amount + self.cost.landed_amount


@dataclass(frozen=True, slots=True)
class CostPlan:
    """What a table would do. `digest` is the same as long as it would do the same to the same costs."""

    lines: Sequence[CostLine]
    digest: str = field(default="")

    @property
    def wrong(self) -> list[CostLine]:
        return [line for line in self.lines if line.state is LineState.WRONG]

    @property
    def changing(self) -> list[CostLine]:
        return [line for line in self.lines if line.state in {LineState.NEW, LineState.REPLACES}]

    @property
    def same(self) -> list[CostLine]:
        return [line for line in self.lines if line.state is LineState.SAME]

    @property
    def costs(self) -> list[UnitCost]:
        return [line.cost for line in self.changing if line.cost]


def parse_costs(rows: Sequence[Sequence[Any]]) -> list[CostLine]:
    """The lines of a table, with what is wrong in themselves; SKUs are not looked up. Raises `Invalid`.

    Without a day a cost is valid from today on, without freight and customs they are nothing. A row that has a SKU and
    nothing else was not filled in: it is no line. The arguments of `UnitCost` are checked; its variant is 0 until
    `plan_costs` finds it.
    """
    lines: list[CostLine] = []
    first_lines: dict[tuple[str, date], int] = {}
    for line in read_lines(COLUMNS, rows):
        if not any(line.text(column.name) for column in COLUMNS[1:]):
            continue
        parsed = _parsed(line)
        if parsed.cost is not None:
            key = (parsed.sku, parsed.cost.valid_from_on)
            first = first_lines.setdefault(key, parsed.number)
            if first != parsed.number:
                text = _("Row %(row)s sets a cost for the same SKU and day. Keep one of them.") % {"row": first}
                parsed = replace(parsed, problems=(str(text),))
        lines.append(parsed)
    if not lines:
        raise Invalid(_("No row has an amount. Fill in what each unit costs."), field="file", code="no_rows")
    return lines


def plan_costs(actor: Actor, lines: Sequence[CostLine]) -> CostPlan:
    """The lines with their products and the costs until now. Two queries. Takes the right to see costs."""
    actor.require(Perm.FINANCE_VIEW)
    variants = _variants({line.sku for line in lines})
    costs: dict[int, list[ProductCost]] = {}
    known = ProductCost.objects.filter(variant_id__in=[variant.pk for variant in variants.values()])
    for row in known.order_by("variant_id", "-valid_from_on"):
        costs.setdefault(row.variant_id, []).append(row)
    planned = [_planned(line, variants, costs) for line in lines]
    return CostPlan(planned, _digest(planned))


def _parsed(line: Line) -> CostLine:
    found: dict[str, Any] = {"landed_amount": ZERO, "valid_from_on": today()}
    problems = []
    for name, read in (("purchase_amount", cell_amount), ("landed_amount", cell_amount), ("valid_from_on", cell_day)):
        if name in found and not line.text(name):
            continue
        try:
            found[name] = read(line.cells.get(name, ""))
        except CellProblem as problem:
            problems.append(problem.text)
    sku = line.text("sku")
    if not sku:
        problems.insert(0, str(_("The SKU is missing.")))
    if problems:
        return CostLine(line.number, sku, problems=tuple(problems))
    try:
        return CostLine(line.number, sku, checked_cost(UnitCost(0, **found)))
    except Invalid as error:
        return CostLine(line.number, sku, problems=(str(error),))


def _variants(skus: set[str]) -> dict[str, Variant]:
    """SKU as written → variant: the very SKU, or the only one that differs in capitals."""
    rows = Variant.objects.select_related("product").filter(
        sku__in={form for sku in skus for form in (sku, sku.upper(), sku.lower())}
    )
    exact = {row.sku: row for row in rows}
    folded: dict[str, list[Variant]] = {}
    for row in exact.values():
        folded.setdefault(row.sku.casefold(), []).append(row)
    found = {}
    for sku in skus:
        alike = folded.get(sku.casefold(), [])
        if sku in exact or len(alike) == 1:
            found[sku] = exact.get(sku) or alike[0]
    return found


def _planned(line: CostLine, variants: dict[str, Variant], costs: dict[int, list[ProductCost]]) -> CostLine:
    variant = variants.get(line.sku)
    if variant is None:
        if not line.sku:
            return line
        text = str(_("No product has this SKU. Correct it, or add the product first."))
        return replace(line, problems=(*line.problems, text))
    if line.cost is None:
        return replace(line, variant=variant)
    day: date = line.cost.valid_from_on
    was = next((cost for cost in costs.get(variant.pk, ()) if cost.valid_from_on <= day), None)
    return replace(line, variant=variant, was=was, cost=replace(line.cost, variant_id=variant.pk))


def _digest(lines: Sequence[CostLine]) -> str:
    facts = [
        (line.state.value, line.cost, line.was and (line.was.valid_from_on, line.was.purchase_amount, line.was.amount))
        for line in lines
    ]
    return sha256(repr(facts).encode()).hexdigest()[:32]
