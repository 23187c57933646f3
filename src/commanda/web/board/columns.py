"""The columns of the board: which orders wait for a supervisor's word."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from commanda.confirmation import selectors
from commanda.confirmation.models import QueueEntry
from commanda.confirmation.selectors import Board
from commanda.kernel.actor import Actor
from commanda.web.pagination import KeysetPage, keyset_page

BRIEF: Final = 10
ORDER: Final = ("due_at", "order_id")
_AGENT: Final = "agent-"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column gathers. `slug` stands in the address and in the form."""

    slug: str
    label: Any
    icon: str
    hint: Any
    rows: Callable[[Actor], QuerySet[QueueEntry]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column with the rows that are shown of all that it holds."""

    kind: Kind
    page: KeysetPage[QueueEntry]
    total: int

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.page)


KINDS: Final = (
    Kind("unassigned", _("Unassigned"), "user-question", _("Nobody has them yet."), selectors.unassigned),
    Kind(
        "stale", _("Lying too long"), "hourglass-high", _("Due, and their agent has not touched them."), selectors.stale
    ),
    Kind("overdue", _("Call-backs overdue"), "phone-call", _("Promised, and the time has come."), selectors.overdue),
)


def kind_of(slug: str, board: Board) -> Kind | None:
    """The column with this slug; `agent-7` is all that the agent with the number 7 has to call."""
    if slug.startswith(_AGENT):
        agent = next((row.agent for row in board.rows if slug == f"{_AGENT}{row.agent.pk}"), None)
        if agent is None:
            return None
        agent_id, hint = agent.pk, _("Everything this agent has to call.")
        return Kind(slug, agent.name, "user", hint, lambda actor: selectors.waiting_with(actor, agent_id))
    return next((kind for kind in KINDS if kind.slug == slug), None)


def columns_of(actor: Actor, board: Board, asked: QueryDict) -> list[Column]:
    """The three columns in brief, or the one that the address asks for, page by page; a query each."""
    totals = {"unassigned": board.unassigned, "stale": board.stale, "overdue": board.overdue}
    totals |= {f"{_AGENT}{row.agent.pk}": row.open for row in board.rows}
    alone = kind_of(asked.get("column", ""), board)
    if alone is not None:
        page = keyset_page(alone.rows(actor), order=ORDER, cursor=asked.get("after"))
        return [Column(alone, page, totals[alone.slug])]
    return [Column(kind, keyset_page(kind.rows(actor), order=ORDER, size=BRIEF), totals[kind.slug]) for kind in KINDS]
