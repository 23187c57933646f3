from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.customers.models import City, Customer
from commanda.kernel.actor import Actor
from commanda.orders.models.store import Store
from commanda.orders.models.workflow import Reason, State
from commanda.orders.stages import EDITABLE, Stage


class Channel(models.TextChoices):
    """How an order came in."""

    SHEET = "sheet", _("Sheet")
    FILE = "file", _("File")
    API = "api", _("API")
    BACK_OFFICE = "back_office", _("Back office")
    WHATSAPP = "whatsapp", _("WhatsApp")
    CALL = "call", _("Call")
    WEB_FORM = "web_form", _("Web form")


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, actor: Actor) -> "OrderQuerySet":
        """All, or those assigned now to the actor, plus own ones that nobody has been given yet."""
        if actor.can(Perm.ORDERS_VIEW_ALL):
            return self
        if not actor.can(Perm.ORDERS_VIEW) or actor.user_id is None:
            return self.none()
        return self.filter(Q(assignee_id=actor.user_id) | Q(assignee=None, created_by_id=actor.user_id))


class Order(models.Model):
    """What a client asked for. Written only by `orders.services`.

    `stage` repeats the state's stage; a composite foreign key keeps them equal. `…_at` stamps keep the first
    entry into confirmed and shipped ("ever confirmed", "ever shipped") and the last one into an end stage.
    """

    Channel = Channel

    reference = models.CharField(_("Reference"), max_length=16)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="orders", db_index=False)
    # The kind of entry by hand; empty for what came from outside.
    order_type = models.ForeignKey(
        "orders.OrderType",
        verbose_name=_("Order type"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,
    )
    channel = models.CharField(_("Channel"), max_length=12, choices=Channel.choices, default=Channel.BACK_OFFICE)
    platform = models.CharField(_("Platform"), max_length=30, blank=True)
    campaign = models.CharField(_("Campaign"), max_length=120, blank=True)
    # The other marks of the ad's link (`utm.UTM_NAMES`); NULL for the many orders that bring none: it takes no room.
    utm = models.JSONField(null=True, blank=True)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    customer_name = models.CharField(_("Client"), max_length=200, blank=True)
    name_folded = models.CharField(max_length=200, blank=True, editable=False)
    phone_e164 = models.CharField(_("Phone"), max_length=16)
    phone2_e164 = models.CharField(_("Second phone"), max_length=16, blank=True)
    city = models.ForeignKey(
        City,
        verbose_name=_("City"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    city_text = models.CharField(_("City as written"), max_length=100, blank=True)
    address = models.CharField(_("Address"), max_length=500, blank=True)
    note = models.CharField(_("Note"), max_length=1000, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    # The database holds the state together with its stage (`order_stage_is_states_stage`): one check for both.
    state = models.ForeignKey(
        State, on_delete=models.PROTECT, related_name="orders", db_index=False, db_constraint=False
    )
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.NEW)
    reason = models.ForeignKey(
        Reason, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason_text = models.CharField(_("Reason in words"), max_length=300, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    possible_duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # The order that this one was merged into; it then stands in an ended state and counts nowhere.
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_orders", db_index=False
    )

    discount_amount = models.DecimalField(_("Discount"), max_digits=10, decimal_places=2, default=Decimal(0))
    delivery_amount = models.DecimalField(_("Delivery charged"), max_digits=10, decimal_places=2, default=Decimal(0))
    total_amount = models.DecimalField(_("Total"), max_digits=12, decimal_places=2, default=Decimal(0))

    promised_on = models.DateField(_("Promised for"), null=True, blank=True)
    created_at = models.DateTimeField(_("Created"))
    assigned_at = models.DateTimeField(null=True, blank=True)
    contacted_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Not `unique=True`, which adds a second index for beginnings that nobody searches by.
            models.UniqueConstraint(fields=["reference"], name="order_reference_once"),
            models.CheckConstraint(
                condition=Q(discount_amount__gte=0, delivery_amount__gte=0, total_amount__gte=0),
                name="order_amounts_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "-id"], name="order_stage"),
            models.Index(fields=["state", "-id"], name="order_state"),
            models.Index(fields=["assignee", "-id"], name="order_assignee"),
            models.Index(fields=["stage", "-id"], name="order_unassigned", condition=Q(assignee__isnull=True)),
            models.Index(fields=["city", "-id"], name="order_city"),
            models.Index(
                fields=["phone_e164", "-id"], name="order_phone_start", opclasses=["varchar_pattern_ops", "int8_ops"]
            ),
            models.Index(OpClass(Reverse("phone_e164"), name="text_pattern_ops"), name="order_phone_end"),
            models.Index(fields=["phone2_e164"], name="order_phone2", condition=~Q(phone2_e164="")),
            models.Index(fields=["updated_at", "id"], name="order_updated"),
            models.Index(
                fields=["-id"], name="order_possible_duplicate", condition=Q(possible_duplicate_of__isnull=False)
            ),
            models.Index(
                fields=["created_by", "-id"],
                name="order_own_unassigned",
                condition=Q(assignee__isnull=True, created_by__isnull=False),
            ),
            models.Index(fields=["created_at"], name="order_created"),
            models.Index(fields=["delivered_at"], name="order_delivered", condition=Q(delivered_at__isnull=False)),
            models.Index(fields=["order_type", "-id"], name="order_type_newest", condition=Q(order_type__isnull=False)),
            models.Index(fields=["merged_into"], name="order_merged", condition=Q(merged_into__isnull=False)),
            # Few of the flagged orders are still open: only those wait on the page of duplicates.
            models.Index(
                fields=["-id"],
                name="order_duplicate",
                condition=Q(
                    possible_duplicate_of__isnull=False, stage__in=["new", "confirming", "confirmed", "shipped"]
                ),
            ),
            GinIndex(fields=["name_folded"], name="order_name_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["tags"], name="order_tags"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_editable(self) -> bool:
        """Lines and address may change: nothing has left the house yet."""
        return self.stage in EDITABLE
