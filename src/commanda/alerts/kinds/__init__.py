"""The kinds of alerts, in the order of pages. A new kind is one file here and one line in `_ALL`."""

from typing import Final

from commanda.kernel.actor import Actor

from .ad_account import AdAccountSilent
from .base import DIMENSIONS, OVERDUE_AFTER, Area, Cadence, Facts, Finding, Kind, Limit, Terms
from .break_even import BreakEven
from .cover import Cover
from .high_returns import HighReturns
from .inbox_waiting import InboxWaiting
from .jobs import JobsFailed, JobsWaiting
from .late_orders import LateOrders
from .lead_target import LeadTarget
from .low_confirmation import LowConfirmation
from .low_delivery import LowDelivery
from .low_stock import LowStock
from .rules_failing import RulesFailing
from .sold_out_ads import SoldOutAds
from .spend_without_leads import SpendWithoutLeads
from .stale_source import StaleSource
from .unassigned import Unassigned
from .unmapped_spend import UnmappedSpend

__all__ = [
    "DIMENSIONS",
    "KINDS",
    "OVERDUE_AFTER",
    "Area",
    "Cadence",
    "Facts",
    "Finding",
    "Kind",
    "Limit",
    "Terms",
    "kinds_seen",
]

_ALL: Final[tuple[Kind, ...]] = (
    LowStock(),
    Cover(),
    SoldOutAds(),
    SpendWithoutLeads(),
    LeadTarget(),
    BreakEven(),
    UnmappedSpend(),
    AdAccountSilent(),
    HighReturns(),
    LowDelivery(),
    LowConfirmation(),
    Unassigned(),
    LateOrders(),
    StaleSource(),
    InboxWaiting(),
    JobsWaiting(),
    JobsFailed(),
    # Last: it tells what went wrong with the others.
    RulesFailing(),
)
KINDS: Final = {kind.slug: kind for kind in _ALL}


def kinds_seen(actor: Actor) -> tuple[list[str], list[str]]:
    """The kinds of which the actor may see every alert, and those of which only the ones about themselves."""
    every = [kind.slug for kind in _ALL if kind.sight.sees_all(actor)]
    return every, [kind.slug for kind in _ALL if kind.slug not in every and kind.sight.sees_own(actor)]
