"""A home page is made of blocks: each builder gives its block to those whose rights allow it, None to the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any, Final

from commanda.confirmation.selectors import QueueShare, queue_shares
from commanda.insights.boards import AdGroups, AdResult, ad_course, ad_groups, ad_results
from commanda.insights.compute import Course, course
from commanda.insights.kpis import View, kpis_for
from commanda.insights.periods import Period
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor
from commanda.web.figures import orders_url
from commanda.web.periods import Picked
from commanda.web.reports.links import RowLinks, links_of

AD_CARDS: Final = {
    "ad_spend": ("speakerphone", "purple"),
    "leads": ("clipboard-list", "blue"),
    "cost_per_lead": ("user-dollar", "azure"),
    "cost_per_delivered": ("truck-delivery", "green"),
    "roas": ("target-arrow", "purple"),
    "delivery_rate": ("progress-check", "teal"),
}


class Width(IntEnum):
    """How many of the board's six columns a block takes at a desk."""

    FULL = 6
    MAIN = 4
    HALF = 3
    SIDE = 2


@dataclass(frozen=True)
class Desk:
    """Who looks at what: the material of all builders, read once."""

    actor: Actor
    picked: Picked

    @property
    def period(self) -> Period:
        return self.picked.period

    @property
    def basis(self) -> Basis:
        return self.picked.basis

    @cached_property
    def kpis(self) -> frozenset[str]:
        """What the actor may see of orders."""
        return frozenset(kpis_for(self.actor))

    @cached_property
    def course(self) -> Course:
        """The KPIs of orders over the period, the one before and the days."""
        return course(self.actor, self.period, basis=self.basis)

    @cached_property
    def ad_groups(self) -> AdGroups:
        """What each product cost and brought on each platform, of the ads that the actor may see."""
        return ad_groups(self.actor, self.period, basis=self.basis)

    @cached_property
    def ad_course(self) -> Course:
        """The KPIs of those ads together."""
        return ad_course(self.actor, self.period, self.ad_groups, AD_CARDS, basis=self.basis)

    @cached_property
    def ad_rows(self) -> list[AdResult]:
        """What was spent on, with what it brought."""
        return ad_results(self.actor, self.ad_groups)

    @cached_property
    def queue(self) -> list[QueueShare]:
        """The whole call queue, for those who lead."""
        return queue_shares()

    @cached_property
    def links(self) -> RowLinks:
        """The way from the figures of orders to their rows."""
        return links_of(self.picked)

    @cached_property
    def ad_links(self) -> RowLinks:
        """The way from the figures of the own ads."""
        return links_of(self.picked, View.ADS)

    def orders_url(self, **filters: Any) -> str:
        return orders_url(self.actor, **filters)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the page: `template` is drawn with `data`."""

    template: str
    width: Width
    data: dict[str, Any] = field(default_factory=dict)


Builder = Callable[[Desk], Block | None]


def packed(blocks: Sequence[Block]) -> list[tuple[int, Block]]:
    """The blocks with the columns they get: the last one of a row takes what would stay empty."""
    found: list[tuple[int, Block]] = []
    used = 0
    for block in blocks:
        if used + block.width > Width.FULL and found:
            found[-1] = (found[-1][0] + Width.FULL - used, found[-1][1])
            used = 0
        found.append((int(block.width), block))
        used = (used + block.width) % Width.FULL
    if used:
        found[-1] = (found[-1][0] + Width.FULL - used, found[-1][1])
    return found
