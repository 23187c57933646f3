"""Contacted clients who confirm too seldom."""

from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.rates import RateKind, rate_limits
from commanda.insights.measures import Dimension


class LowConfirmation(RateKind):
    """Confirmed ÷ contacted."""

    slug = "low_confirmation"
    label = gettext_lazy("Low confirmation rate")
    icon = "phone-off"
    rate, base, part = "confirmation_rate", "contacted", "confirmed"
    is_worse_below = True
    default_days = 7
    dimensions: ClassVar[tuple[Dimension, ...]] = (Dimension.AGENT, Dimension.PRODUCT, Dimension.CITY)
    limits = rate_limits(
        gettext_lazy("Confirmation rate below"), Decimal("0.40"), gettext_lazy("At least so many contacted orders")
    )
    explanation = gettext_lazy("Too few of the clients who were contacted confirmed their order.")
    advice = gettext_lazy("Listen to some calls; check the price in the ad, the script and who the ads reach.")
    sentence = gettext_lazy(
        "%(value)s confirmed in %(days)s days (%(part)s of %(orders)s contacted); the limit is %(limit)s."
    )
