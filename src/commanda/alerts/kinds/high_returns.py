"""Shipped orders that come back too often."""

from decimal import Decimal

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.rates import RateKind, rate_limits


class HighReturns(RateKind):
    """Returned ÷ shipped."""

    slug = "high_returns"
    label = gettext_lazy("High return rate")
    icon = "truck-return"
    rate, base, part = "return_rate", "shipped", "returned"
    limits = rate_limits(
        gettext_lazy("Return rate above"), Decimal("0.35"), gettext_lazy("At least so many shipped orders")
    )
    explanation = gettext_lazy("Too many of the orders that were shipped came back (RTO).")
    advice = gettext_lazy("Read the reasons of the returned orders; call before shipping, or try another carrier.")
    sentence = gettext_lazy(
        "%(value)s came back in %(days)s days (%(part)s returned, %(orders)s shipped); the limit is %(limit)s."
    )
