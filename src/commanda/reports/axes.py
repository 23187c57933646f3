"""What the rows of a report are: days, weeks, products, agents …; each axis takes its rows from one dimension."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.accounts.permissions import Perm
from commanda.insights.kpis import View, sees_all_orders
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.kernel.actor import Actor
from commanda.reports.writing import span_label


@dataclass(frozen=True, slots=True)
class Axis:
    """One way of taking a report's figures apart.

    `bucket` puts a day into its week or month; such rows are made of days, and only of figures that add up over them.
    `permission`: the right it takes to see its names. `is_for_ads`: buyers may take their ads' figures apart by it.
    """

    slug: str
    label: Any
    dimension: Dimension
    bucket: Callable[[date], date] | None = None
    permission: str = ""
    is_for_ads: bool = False
    needs_all_orders: bool = False

    @property
    def is_time(self) -> bool:
        return self.dimension is Dimension.DAY

    def is_open_to(self, actor: Actor, view: View) -> bool:
        """Whether the actor may take figures apart by it."""
        if view is View.ADS and not self.is_for_ads:
            return False
        if self.needs_all_orders and not sees_all_orders(actor):
            return False
        return not self.permission or actor.can(self.permission)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def month_of(day: date) -> date:
    return day.replace(day=1)


def bucket_label(axis: Axis, first: date) -> str:
    """What a row of days is called."""
    if axis.bucket is month_of:
        return str(date_format(first, "F Y"))
    if axis.bucket is monday_of:
        return span_label(Period(first, first + timedelta(days=6)))
    return str(date_format(first, "D j N Y"))


def bucket_period(axis: Axis, first: date, within: Period) -> Period:
    """The days of a row, as far as they lie in the report's period."""
    last = first
    if axis.bucket is monday_of:
        last = first + timedelta(days=6)
    elif axis.bucket is month_of:
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period(max(first, within.first), min(last, within.last))


AXES: Final[Mapping[str, Axis]] = {
    axis.slug: axis
    for axis in (
        Axis("day", gettext_lazy("Day"), Dimension.DAY, is_for_ads=True),
        Axis("week", gettext_lazy("Week"), Dimension.DAY, monday_of, is_for_ads=True),
        Axis("month", gettext_lazy("Month"), Dimension.DAY, month_of, is_for_ads=True),
        Axis("product", gettext_lazy("Product"), Dimension.PRODUCT, permission=Perm.STOCK_VIEW, is_for_ads=True),
        Axis("agent", gettext_lazy("Agent"), Dimension.AGENT),
        Axis("platform", gettext_lazy("Platform"), Dimension.PLATFORM, is_for_ads=True),
        Axis("campaign", gettext_lazy("Campaign"), Dimension.CAMPAIGN, permission=Perm.ADS_VIEW_ALL, is_for_ads=True),
        Axis("city", gettext_lazy("City"), Dimension.CITY),
        Axis("carrier", gettext_lazy("Carrier"), Dimension.CARRIER),
        Axis("channel", gettext_lazy("Channel"), Dimension.CHANNEL),
        Axis("store", gettext_lazy("Store"), Dimension.STORE),
        Axis("source", gettext_lazy("Source"), Dimension.SOURCE, permission=Perm.INTAKE_MANAGE),
        Axis("state", gettext_lazy("State"), Dimension.STATE),
        Axis("reason", gettext_lazy("Reason"), Dimension.REASON),
    )
}
# What stands in place of a name where there is none.
NAMELESS: Final = {
    Dimension.PRODUCT: gettext_lazy("No product"),
    Dimension.AGENT: gettext_lazy("Nobody"),
    Dimension.PLATFORM: gettext_lazy("Without ads"),
    Dimension.CAMPAIGN: gettext_lazy("Without a campaign"),
    Dimension.CITY: gettext_lazy("City unknown"),
    Dimension.CARRIER: gettext_lazy("Not handed to a carrier"),
    Dimension.SOURCE: gettext_lazy("Entered by hand"),
    Dimension.REASON: gettext_lazy("No reason given"),
}


def nameless(dimension: Dimension) -> str:
    """The label of the row that has no name."""
    return str(NAMELESS.get(dimension) or _("None"))
