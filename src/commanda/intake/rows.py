"""A candidate becomes a clean order, or a list of what is wrong with which of its rows."""

from collections.abc import Mapping as Corrections
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commanda.intake.batch import Candidate, SourceRow
from commanda.intake.cleaning import CleaningContext, clean_row
from commanda.intake.drafting import DraftingContext
from commanda.intake.grouping import SheetOrder, group_rows
from commanda.intake.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Read:
    """What a candidate says. `problems` are JSON, each with the `row` (from 0) of the candidate it stands in."""

    order: SheetOrder
    problems: list[dict[str, Any]]

    @property
    def is_rejected(self) -> bool:
        return self.order.is_rejected


def cleaning_context(mapping: Mapping, context: DraftingContext) -> CleaningContext:
    """What the rows are read against."""
    return CleaningContext(
        city_index=context.matchers.cities,
        products=context.matchers.products,
        defaults=mapping.defaults,
        centimes=mapping.centimes,
        month_first=mapping.month_first,
        product_format=mapping.product_format,
    )


def read_candidate(
    rows: Sequence[SourceRow], context: CleaningContext, corrections: Corrections[str, Any] | None = None
) -> Read:
    """Clean the rows of one order; what a person typed in the inbox stands in place of the cells."""
    fixes = corrections or {}
    clean = [
        clean_row(row.cells | fixes.get(str(at), {}) if fixes else row.cells, context, row_number=row.number)
        for at, row in enumerate(rows)
    ]
    orders = group_rows(clean)
    # A correction may have taken an order number away; what belonged together stays together.
    order = orders[0]
    problems = []
    for problem in order.problems:
        place = next((at for at, row in enumerate(clean) if problem in row.problems), 0)
        problems.append(problem.to_json() | {"row": place})
    return Read(order, problems)


def kept_corrections(old: Sequence[SourceRow], new: Candidate, corrections: dict[str, Any]) -> dict[str, Any]:
    """The corrections whose cells have not changed since they were typed; a new cell speaks for itself."""
    kept: dict[str, Any] = {}
    for place, fields in corrections.items():
        at = int(place)
        if at >= len(old) or at >= len(new.rows):
            continue
        before, after = old[at].to_json()["cells"], new.rows[at].to_json()["cells"]
        same = {name: text for name, text in fields.items() if before.get(name, "") == after.get(name, "")}
        if same:
            kept[place] = same
    return kept
