"""Who may see an alert at all, whatever its rule says of whom to tell.

A sight is what an alert gives away. Some people see all alerts of a sight, others only those about themselves: an agent
those of own orders, a buyer those of own spend (`Alert.owner_ids`).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from commanda.accounts.permissions import Perm
from commanda.insights.kpis import sees_all_orders, sees_all_spend
from commanda.kernel.actor import Actor


class Sight(StrEnum):
    """What an alert gives away."""

    STOCK = "stock"  # what is left of a product
    STOCK_ADS = "stock_ads"  # that somebody advertises it
    RESULTS = "results"  # how many orders are confirmed, delivered, returned
    SPEND = "spend"  # what somebody spends on ads, and what it brings
    MARGIN = "margin"  # that ads cost more than the goods earn
    QUEUE = "queue"  # orders that wait for somebody
    INTAKE = "intake"  # sources and their rejected rows
    SYSTEM = "system"  # the program itself

    def sees_all(self, actor: Actor) -> bool:
        """Whether the actor may see every alert of this sight."""
        return _ALL[self](actor)

    def sees_own(self, actor: Actor) -> bool:
        """Whether the actor may see those about themselves."""
        return self.sees_all(actor) or (self in _OWN and _OWN[self](actor))


def _stock_of_ads(actor: Actor) -> bool:
    return actor.can(Perm.STOCK_VIEW) and sees_all_spend(actor)


def _own_stock_of_ads(actor: Actor) -> bool:
    return actor.can(Perm.STOCK_VIEW) and actor.can(Perm.ADS_ENTER)


def _with(permission: Perm) -> Callable[[Actor], bool]:
    return lambda actor: actor.can(permission)


_ALL: Final[dict[Sight, Callable[[Actor], bool]]] = {
    Sight.STOCK: _with(Perm.STOCK_VIEW),
    Sight.STOCK_ADS: _stock_of_ads,
    Sight.RESULTS: sees_all_orders,
    Sight.SPEND: sees_all_spend,
    Sight.MARGIN: _with(Perm.FINANCE_VIEW),
    Sight.QUEUE: _with(Perm.ORDERS_ASSIGN),
    Sight.INTAKE: _with(Perm.INTAKE_MANAGE),
    Sight.SYSTEM: _with(Perm.SETTINGS_MANAGE),
}
_OWN: Final[dict[Sight, Callable[[Actor], bool]]] = {
    Sight.STOCK_ADS: _own_stock_of_ads,
    Sight.RESULTS: _with(Perm.ORDERS_VIEW),
    Sight.SPEND: _with(Perm.ADS_ENTER),
    Sight.QUEUE: _with(Perm.CALLS_LOG),
}
