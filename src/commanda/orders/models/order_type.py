from decimal import Decimal

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.kernel.labels import Labelled
from commanda.orders.entry_steps import Step, StepPlan, read_plan
from commanda.orders.models.order import Channel
from commanda.orders.models.store import Store
from commanda.orders.models.workflow import State


class OrderType(Labelled):
    """A kind of order entered by hand: the steps of its wizard, and what they start from."""

    class CustomerKind(models.TextChoices):
        B2C = "b2c", _("Private person")
        B2B = "b2b", _("Company")

    class PriceRule(models.TextChoices):
        FIXED = "fixed", _("Catalogue prices only")
        REMARK = "remark", _("Another price within the limit, with a remark")
        FREE = "free", _("Only with the right to change prices")

    slug = models.SlugField(max_length=40, unique=True)
    customer_kind = models.CharField(_("Client"), max_length=4, choices=CustomerKind.choices, default=CustomerKind.B2C)
    # `entry_steps.StepPlan.as_json` each, in the order of the wizard; the overview is added at the end.
    steps = models.JSONField(default=list)
    channel = models.CharField(_("How it came"), max_length=12, choices=Channel.choices, default=Channel.BACK_OFFICE)
    store = models.ForeignKey(
        Store, verbose_name=_("Store"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    first_state = models.ForeignKey(
        State, verbose_name=_("First state"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    price_rule = models.CharField(_("Prices"), max_length=8, choices=PriceRule.choices, default=PriceRule.FREE)
    price_limit_percent = models.PositiveSmallIntegerField(
        _("Limit in percent"), default=10, validators=[MaxValueValidator(100)]
    )
    sends_email = models.BooleanField(_("Confirm by e-mail"), default=True)
    is_default = models.BooleanField(_("Default"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)
    position = models.PositiveSmallIntegerField(_("Position"), default=0)

    class Meta(Labelled.Meta):
        abstract = False
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("is_default", condition=Q(is_default=True), name="order_type_one_default"),
            models.CheckConstraint(condition=Q(price_limit_percent__lte=100), name="order_type_limit_sane"),
        ]

    @property
    def plan(self) -> list[StepPlan]:
        """The steps in order; the overview is the last one."""
        return read_plan(self.steps)

    def plan_of(self, step: Step) -> StepPlan | None:
        return next((plan for plan in self.plan if plan.step is step), None)

    @property
    def price_limit_ratio(self) -> Decimal:
        return Decimal(self.price_limit_percent) / 100
