from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Product
from commanda.finance.models.cost import FinanceQuerySet


class Expense(models.Model):
    """Money spent, MAD: once, or `amount` in every period from `spent_on` on, until `last_on` or without an end.

    It is spread evenly over the days of the period (`finance.expense_sql`). One-off: over `spent_on` to `last_on`, or
    on `spent_on` alone. Recurring: over the Monday to Sunday, the month or the year; a part of it costs its days only.
    It is for `product`, for several products (`ExpenseShare`), or for the whole shop and then shared out by `share`.
    Only what ends it may change, in the database, too: a mistaken one is made void and replaced by another.
    """

    class Kind(models.TextChoices):
        SHIPPING = "shipping", _("Shipping")
        PACKAGING = "packaging", _("Packaging")
        SALARIES = "salaries", _("Salaries")
        TOOLS = "tools", _("Tools")
        RENT = "rent", _("Rent")
        PHONE = "phone", _("Phone and internet")
        TRANSPORT = "transport", _("Transport")
        CONTENT = "content", _("Photos and videos")
        EQUIPMENT = "equipment", _("Equipment")
        SERVICES = "services", _("Accountant and services")
        BANK = "bank", _("Bank fees")
        TAXES = "taxes", _("Taxes")
        OTHER = "other", _("Other")

    class Every(models.TextChoices):
        ONCE = "once", _("Once")
        WEEK = "week", _("Every week")
        MONTH = "month", _("Every month")
        YEAR = "year", _("Every year")

    class Share(models.TextChoices):
        REVENUE = "revenue", _("By revenue")
        ORDERS = "orders", _("By delivered orders")

    kind = models.CharField(_("Kind"), max_length=12, choices=Kind.choices)
    amount = models.DecimalField(_("Amount"), max_digits=12, decimal_places=2)
    every = models.CharField(
        _("How often"), max_length=8, choices=Every.choices, default=Every.ONCE, db_default=Every.ONCE
    )
    spent_on = models.DateField(_("Date"), db_index=True)
    last_on = models.DateField(_("Last day"), null=True, blank=True, db_index=True)
    share = models.CharField(
        _("Shared out"), max_length=8, choices=Share.choices, default=Share.REVENUE, db_default=Share.REVENUE
    )
    product = models.ForeignKey(
        Product, verbose_name=_("Product"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(_("Note"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_void = models.BooleanField(
        default=False, help_text=_("A void expense stays in the list and counts for nothing.")
    )
    void_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replacement")
    created_at = models.DateTimeField()

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["-spent_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="expense_positive"),
            models.CheckConstraint(condition=Q(every__in=["once", "week", "month", "year"]), name="expense_every"),
            models.CheckConstraint(condition=Q(share__in=["revenue", "orders"]), name="expense_share"),
            # A one-off expense of a single day has no last day: one way to say it.
            models.CheckConstraint(
                condition=Q(last_on=None)
                | Q(last_on__gt=F("spent_on"))
                | Q(last_on=F("spent_on"), every__in=["week", "month", "year"]),
                name="expense_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.spent_on}"

    @property
    def is_recurring(self) -> bool:
        return self.every != self.Every.ONCE


class ExpenseShare(models.Model):
    """The fixed part, 0 to 1, of an expense that is one product's. All parts of an expense are 1 together.

    The database refuses a commit in which they are not, and every change afterwards.
    """

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="shares", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    ratio = models.DecimalField(max_digits=5, decimal_places=4)

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["expense", "product"]
        constraints = [
            models.UniqueConstraint("expense", "product", name="expense_share_once"),
            models.CheckConstraint(condition=Q(ratio__gt=0, ratio__lt=1), name="expense_share_is_a_part"),
        ]

    def __str__(self) -> str:
        return f"{self.expense_id} {self.product_id}"

    @property
    def percent(self) -> Decimal:
        return self.ratio * 100
