"""What came of each row of a reading, counted and kept for the report."""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from django.db.models import F

from commanda.intake.models import ImportRun
from commanda.intake.problems import Problem

_REPORTED_ROWS: Final = 200


@dataclass
class Outcome:
    """Counts rows. `order_qty` counts the orders made of the new ones."""

    read_qty: int = 0
    new_qty: int = 0
    changed_qty: int = 0
    unchanged_qty: int = 0
    rejected_qty: int = 0
    order_qty: int = 0
    duplicate_qty: int = 0
    blocked_qty: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    # Whether anything at all was written: an unchanged reading leaves no trace.
    wrote: bool = False

    @property
    def done_qty(self) -> int:
        return self.new_qty + self.changed_qty + self.unchanged_qty + self.rejected_qty

    def reject(self, number: int, row_qty: int, problems: list[dict[str, Any]]) -> None:
        """Count a candidate that waits for a person, with its reasons."""
        self.rejected_qty += row_qty
        rejecting = [problem for each in problems if (problem := Problem.from_json(each)).rejects]
        self.reasons.update({problem.code for problem in rejecting})
        if len(self.rejected) < _REPORTED_ROWS:
            self.rejected.append(
                {
                    "row": number,
                    "problems": [
                        {
                            "field": problem.field,
                            "code": problem.code,
                            "message": problem.message,
                            "what_to_do": problem.what_to_do,
                        }
                        for problem in rejecting
                    ],
                }
            )

    def warn(self, problems: list[dict[str, Any]]) -> None:
        """Count the remarks on an order that went through."""
        if problems:
            self.warnings.update({problem["code"] for problem in problems})

    def add(self, part: "Outcome") -> None:
        """Count what came of more rows of the same reading."""
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.warnings.update(part.warnings)
        self.reasons.update(part.reasons)
        self.rejected = sorted([*self.rejected, *part.rejected], key=itemgetter("row"))[:_REPORTED_ROWS]
        self.wrote = self.wrote or part.wrote

    def add_to(self, run: ImportRun) -> None:
        """Count these rows on the run, in the database: they are done."""
        ImportRun.objects.filter(pk=run.pk).update(**{name: F(name) + getattr(self, name) for name in COUNTS})


_COUNTED: Final = (
    "new_qty",
    "changed_qty",
    "unchanged_qty",
    "rejected_qty",
    "order_qty",
    "duplicate_qty",
    "blocked_qty",
)
# Of a run: what is counted when rows are done. `read_qty` is known before.
COUNTS: Final = ("done_qty", *_COUNTED)
