"""Shipped orders that are taken too seldom."""

from decimal import Decimal

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.rates import RateKind, rate_limits


class LowDelivery(RateKind):
    """Delivered ÷ shipped."""

    slug = "low_delivery"
    label = gettext_lazy("Low delivery rate")
    icon = "truck-off"
    rate, base, part = "delivery_rate", "shipped", "delivered"
    is_worse_below = True
    limits = rate_limits(
        gettext_lazy("Delivery rate below"), Decimal("0.50"), gettext_lazy("At least so many shipped orders")
    )
    explanation = gettext_lazy("Too few of the orders that were shipped were taken and paid.")
    advice = gettext_lazy("Look at what is still on the road and ask the carrier; pause the ads if it stays so.")
    sentence = gettext_lazy(
        "%(value)s delivered in %(days)s days (%(part)s delivered, %(orders)s shipped); the limit is %(limit)s."
    )
