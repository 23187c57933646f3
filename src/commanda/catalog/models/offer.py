from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models.product import Product, Variant
from commanda.kernel.labels import Labelled


class Offer(Labelled):
    """What an agent may offer to a client who orders `product`: so many of it together, or something beside it.

    `price_amount` is for all `quantity` units. Agents may grant it without the right to change prices.
    """

    class Kind(models.TextChoices):
        QUANTITY = "quantity", _("Several of it at a price")
        ADDITION = "addition", _("Another product at a price")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="offers")
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.QUANTITY)
    # The product that is added; empty for several of the same.
    variant = models.ForeignKey(
        Variant,
        verbose_name=_("Added product"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    quantity = models.PositiveSmallIntegerField(
        _("Quantity"), default=2, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    price_amount = models.DecimalField(
        _("Price of all"), max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta(Labelled.Meta):
        abstract = False
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(price_amount__gte=0), name="offer_price_not_negative"),
            models.CheckConstraint(
                condition=Q(kind="quantity", variant=None, quantity__gte=2)
                | Q(kind="addition", variant__isnull=False, quantity__gte=1),
                name="offer_says_what",
            ),
        ]

    @property
    def unit_prices(self) -> list[Decimal]:
        """The price of each unit, in centimes that add up: 500 for three is 166.66, 166.66 and 166.68."""
        share = (self.price_amount / self.quantity).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
        return [share] * (self.quantity - 1) + [self.price_amount - share * (self.quantity - 1)]
