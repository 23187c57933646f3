"""Which rows the inbox shows, and how many of each kind there are."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import CharField, Count, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from commanda.intake.models import Mending, StagedRow
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.text import western_digits

Status = StagedRow.Status
# Problems whose solution is remembered for other rows.
LEARNT: Final = frozenset({"unknown_product", "city_unknown"})
TO_DO: Final = Q(status=Status.REJECTED) | Q(needs_look=True)
# What the tabs of the inbox hold; the empty one is all that is left to do.
TABS: Final[dict[str, Q]] = {
    "": TO_DO,
    "waiting": Q(status=Status.REJECTED),
    "look": Q(needs_look=True),
    "aside": Q(status=Status.IGNORED),
    "gone": Q(status=Status.GONE),
}
_FEWEST_DIGITS: Final = 4


class _Codes(Func):
    """The code of each problem: as many rows as there are problems."""

    function = "jsonb_path_query"
    template = "(%(function)s(%(expressions)s, '$[*].code') #>> '{}')"
    output_field = TextField()
    set_returning = True


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """What narrows the inbox. `status` is a key of `TABS`; `value` is the text that a `problem` is about."""

    status: str = ""
    source_id: int | None = None
    run_id: int | None = None
    problem: str = ""
    value: str = ""
    q: str = ""

    @property
    def active_count(self) -> int:
        """How many filters narrow the list, besides the tab."""
        return sum(bool(value) for value in (self.source_id, self.run_id, self.problem, self.value, self.q))


def find_rows(actor: Actor, filters: InboxFilters) -> QuerySet[StagedRow]:
    """The rows under the filters with their source and order, newest first."""
    return _narrowed(actor, filters).select_related("source", "order__customer").order_by("-id")


def tab_counts(actor: Actor, filters: InboxFilters) -> dict[str, int]:
    """Rows per tab under the other filters; one query."""
    rows = _narrowed(actor, replace(filters, status=""), TABS[""] | TABS["aside"] | TABS["gone"]).order_by()
    counts = {name or "all": Count("pk", filter=condition) for name, condition in TABS.items()}
    found = rows.aggregate(**counts)
    return {name: found[name or "all"] for name in TABS}


def problem_counts(actor: Actor, filters: InboxFilters) -> dict[str, int]:
    """How many rows have each problem under the other filters, the most frequent first; one query."""
    rows = _narrowed(actor, replace(filters, problem="", value="")).annotate(code=_Codes("problems"))
    counted = rows.values("code").annotate(qty=Count("pk", distinct=True))
    return dict(counted.order_by("-qty", "code").values_list("code", "qty"))


def rows_like(actor: Actor, row: StagedRow) -> QuerySet[StagedRow]:
    """Other rows to do that name the same unknown product or city."""
    alike = Q()
    for problem in row.problems:
        if problem["code"] in LEARNT and problem["params"].get("value"):
            alike |= Q(problems__contains=[_about(problem["code"], problem["params"]["value"])])
    rows = _narrowed(actor, InboxFilters()).exclude(pk=row.pk)
    return rows.filter(alike) if alike else rows.none()


def alike_counts(actor: Actor, row: StagedRow) -> list[dict[str, Any]]:
    """For each unknown product or city of the row: how many other rows to do say the same."""
    found = []
    for code, value in dict.fromkeys(
        (problem["code"], problem["params"].get("value", "")) for problem in row.problems if problem["code"] in LEARNT
    ):
        others = _narrowed(actor, InboxFilters(problem=code, value=value)).exclude(pk=row.pk).count() if value else 0
        if others:
            found.append({"problem": code, "value": value, "qty": others})
    return found


def get_row(actor: Actor, row_id: int) -> StagedRow:
    """One staged row. Raises `NotFound`."""
    rows = StagedRow.objects.visible_to(actor).select_related("source", "order__customer")
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise NotFound
    return row


def get_rows(actor: Actor, row_ids: list[int]) -> dict[int, StagedRow]:
    """Some staged rows, by id."""
    return StagedRow.objects.visible_to(actor).select_related("source", "order__customer").in_bulk(row_ids)


def get_mending(actor: Actor, mending_id: int) -> Mending:
    """What came of an act on many rows. Raises `NotFound`."""
    mending = Mending.objects.visible_to(actor).defer("row_ids").filter(pk=mending_id).first()
    if mending is None:
        raise NotFound
    return mending


def _narrowed(actor: Actor, filters: InboxFilters, tab: Q | None = None) -> QuerySet[StagedRow]:
    rows = StagedRow.objects.visible_to(actor).filter(tab or TABS[filters.status])
    if filters.source_id:
        rows = rows.filter(source_id=filters.source_id)
    if filters.run_id:
        rows = rows.filter(last_run_id=filters.run_id)
    if filters.problem:
        rows = rows.filter(problems__contains=[_about(filters.problem, filters.value)])
    return _matching(rows, filters.q.strip()) if filters.q.strip() else rows


def _about(code: str, value: str) -> dict[str, Any]:
    return {"code": code, "params": {"value": value}} if value else {"code": code}


def _matching(rows: QuerySet[StagedRow], text: str) -> QuerySet[StagedRow]:
    """Rows that hold the text in a cell or a correction, by their number, by their phone however it is written."""
    text = western_digits(text)
    digits = re.sub(r"\D", "", text)
    rows = rows.annotate(cells_text=Cast("cells", TextField()), typed_text=Cast("corrections", TextField()))
    # In JSON a quotation mark and a backslash are written with a backslash before them.
    wanted = text.replace("\\", "\\\\").replace('"', '\\"')
    found = Q(cells_text__icontains=wanted) | Q(typed_text__icontains=wanted) | Q(order__reference__iexact=text)
    if digits and not re.search(r"[^\W\d_]", text):
        if len(digits) < _FEWEST_DIGITS:
            found |= Q(row_number=int(digits))
        else:
            rows = rows.annotate(phone_digits=_phone_digits())
            found |= Q(phone_digits__contains=re.sub(r"^(?:00)?212|^0+", "", digits) or digits)
            found |= Q(row_number=int(digits)) if len(digits) < 9 else Q()
    return rows.filter(found)


def _phone_digits() -> Func:
    cells = Func(
        F("cells"), Value("$.rows[*].cells.keyvalue() ? (@.key starts with \"phone\").value"),
        function="jsonb_path_query_array", output_field=TextField(),
    )  # fmt: skip
    return Func(
        Cast(cells, TextField()), Value(r"\D"), Value(""), Value("g"),
        function="regexp_replace", output_field=CharField(),
    )  # fmt: skip
