from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Product, Variant
from commanda.finance.models.cost import FinanceQuerySet
from commanda.kernel.actor import Actor
from commanda.orders.models import Order


class Trigger(models.TextChoices):
    """What is paid for."""

    CONFIRMED = "confirmed", _("Confirmed order")
    DELIVERED = "delivered", _("Delivered order")
    UPSELL = "upsell", _("Upsell unit")
    BONUS = "bonus", _("Bonus of the month")


ORDER_TRIGGERS = (Trigger.CONFIRMED, Trigger.DELIVERED, Trigger.UPSELL)


class CommissionPlan(models.Model):
    """One version of what agents earn, MAD, from a day on; without a day it is a draft. The latest valid one counts.

    The three amounts are for everything that none of the version's lines names. A version that somebody has earned by
    is frozen, by the database as well (`commanda_refuse_used_plan`): its successor begins on a later day.
    """

    name = models.CharField(_("Name"), max_length=80)
    confirmed_amount = models.DecimalField(
        _("Per confirmed order"), max_digits=8, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
    delivered_amount = models.DecimalField(_("Per delivered order"), max_digits=8, decimal_places=2)
    upsell_amount = models.DecimalField(
        _("Per upsell unit"), max_digits=8, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
    # A parcel refused at the door: whether the commission for the confirmation stays.
    keeps_confirmed = models.BooleanField(
        _("A confirmation stays paid when the parcel comes back"), default=True, db_default=True
    )
    month_cap_amount = models.DecimalField(
        _("At most per agent and month"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    valid_from_on = models.DateField(_("Valid from"), unique=True, null=True, blank=True)

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_amount__gte=0, delivered_amount__gte=0, upsell_amount__gte=0)
                & (Q(month_cap_amount=None) | Q(month_cap_amount__gt=0)),
                name="commission_plan_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CommissionLine(models.Model):
    """A rule of a version, before its general amounts: per trigger the first line that fits an article counts.

    Empty agent or product means any. An amount is MAD per order (per unit for upsells); a ratio 0..1 is of what the
    client pays for the goods (of the units' price for upsells), at most `cap_amount` MAD per order. What an offer
    adds is known by the terms as they were when the line was written, so that the line outlives the offer.
    """

    plan = models.ForeignKey(CommissionPlan, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    trigger = models.CharField(_("For"), max_length=9, choices=[(each.value, each.label) for each in ORDER_TRIGGERS])
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Agent"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    product = models.ForeignKey(
        Product,
        verbose_name=_("Product"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # The offer made to those who order `product`: the article it adds (empty: more of the same), and how many.
    offer_variant = models.ForeignKey(
        Variant, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    offer_qty = models.PositiveSmallIntegerField(null=True, blank=True)
    offer_label = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=8, decimal_places=2, null=True, blank=True)
    ratio = models.DecimalField(_("Percent"), max_digits=5, decimal_places=4, null=True, blank=True)
    cap_amount = models.DecimalField(_("At most per order"), max_digits=8, decimal_places=2, null=True, blank=True)

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint("plan", "position", name="commission_line_position"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, ratio=None) | Q(amount=None, ratio__range=(0, 1)),
                name="commission_line_amount_or_ratio",
            ),
            models.CheckConstraint(
                condition=Q(cap_amount=None) | Q(cap_amount__gt=0), name="commission_line_cap_positive"
            ),
            models.CheckConstraint(
                condition=Q(offer_qty=None, offer_variant=None, offer_label="")
                | Q(offer_qty__gte=1, product__isnull=False),
                name="commission_line_offer_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.trigger}"


class CommissionTier(models.Model):
    """A bonus of a month: who reaches all that it asks gets it. Of several reached, the one that pays most counts.

    Rates are ratios 0..1 of the month: delivered ÷ (delivered + returned), confirmed ÷ contacted.
    """

    plan = models.ForeignKey(CommissionPlan, on_delete=models.CASCADE, related_name="tiers", db_index=False)
    position = models.PositiveSmallIntegerField()
    delivered_qty = models.PositiveIntegerField(_("Delivered orders"))
    delivery_rate = models.DecimalField(_("Delivery rate"), max_digits=4, decimal_places=3, null=True, blank=True)
    confirmation_rate = models.DecimalField(
        _("Confirmation rate"), max_digits=4, decimal_places=3, null=True, blank=True
    )
    per_order_amount = models.DecimalField(
        _("More per delivered order"), max_digits=8, decimal_places=2, default=Decimal(0)
    )
    fixed_amount = models.DecimalField(_("Fixed amount"), max_digits=8, decimal_places=2, default=Decimal(0))

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint("plan", "position", name="commission_tier_position"),
            models.CheckConstraint(
                condition=Q(per_order_amount__gte=0, fixed_amount__gte=0)
                & (Q(per_order_amount__gt=0) | Q(fixed_amount__gt=0)),
                name="commission_tier_pays",
            ),
            models.CheckConstraint(
                condition=(Q(delivery_rate=None) | Q(delivery_rate__range=(0, 1)))
                & (Q(confirmation_rate=None) | Q(confirmation_rate__range=(0, 1))),
                name="commission_tier_rates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivered_qty}+"


class CommissionEntryQuerySet(models.QuerySet["CommissionEntry"]):
    def visible_to(self, actor: Actor) -> "CommissionEntryQuerySet":
        """All for finance, own ones for an agent."""
        if actor.can(Perm.FINANCE_VIEW):
            return self
        if actor.can(Perm.COMMISSION_VIEW_OWN):
            return self.filter(agent_id=actor.user_id)
        return self.none()


class CommissionEntry(models.Model):
    """Commission earned (positive) or reversed (negative), MAD. Append-only; a return writes a reversal.

    `nth` is how often the order (a bonus: the agent's month) has earned for the trigger, this time included: it only
    goes up by a reversal, and the database has each number once. So nothing is ever paid twice, whoever writes it.
    """

    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="commissions")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="commissions", db_index=False
    )
    plan = models.ForeignKey(CommissionPlan, on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(
        max_length=9, choices=Trigger.choices, default=Trigger.DELIVERED, db_default=Trigger.DELIVERED
    )
    # The line of the plan; empty where its general amount counted, or several lines did.
    line = models.ForeignKey(CommissionLine, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    units_qty = models.PositiveIntegerField(default=1, db_default=1)
    amount = models.DecimalField(_("Amount"), max_digits=8, decimal_places=2)
    nth = models.PositiveIntegerField(default=1, db_default=1)
    # Of a bonus: the first day of its month, and the numbers it comes from.
    month_on = models.DateField(null=True)
    facts = models.JSONField(null=True)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    made_at = models.DateTimeField()

    objects = CommissionEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["agent", "made_at"], name="commission_agent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gte=0) | Q(reverses__isnull=False, amount__lte=0),
                name="commission_sign",
            ),
            models.CheckConstraint(
                condition=Q(trigger=Trigger.BONUS, order=None, month_on__isnull=False)
                | (~Q(trigger=Trigger.BONUS) & Q(order__isnull=False, month_on=None)),
                name="commission_of_order_or_month",
            ),
            models.UniqueConstraint(
                fields=["order", "trigger", "nth"], condition=Q(reverses=None), name="commission_earned_once"
            ),
            models.UniqueConstraint(
                fields=["agent", "month_on", "nth"],
                condition=Q(reverses=None, trigger=Trigger.BONUS),
                name="commission_bonus_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.amount}"
