from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.orders.models import Order


class ClientLanguage(models.TextChoices):
    """What a client's own words tell: the letters in which name, address and note are written."""

    ARABIC = "ar", _("Arabic letters")
    LATIN = "fr", _("Latin letters")


class AssignmentRule(models.Model):
    """One of the ordered rules that say who gets which new order. Empty conditions match every order.

    The first rule that matches an order and has an agent with room wins. `…_ids` hold keys of products, cities …;
    one that no longer exists matches nothing.
    """

    class Method(models.TextChoices):
        CREATOR = "creator", _("Whoever entered the order keeps it")
        FORMER = "former", _("The agent who served this client before")
        ROUND_ROBIN = "round_robin", _("In turn")
        LEAST_LOADED = "least_loaded", _("To the least loaded")
        WEIGHTED = "weighted", _("More to those with better results")
        SKILL = "skill", _("By what the agent handles: products, cities, languages")

    class ClientKind(models.TextChoices):
        NEW = "new", _("New clients")
        RETURNING = "returning", _("Returning clients")

    name = models.CharField(_("Name"), max_length=80, blank=True, help_text=_("Empty: it is called by what it does."))
    position = models.PositiveSmallIntegerField(_("Position"), default=0)
    is_active = models.BooleanField(_("Active"), default=True)
    method = models.CharField(_("Give to"), max_length=12, choices=Method.choices, default=Method.ROUND_ROBIN)
    agent_ids = ArrayField(models.BigIntegerField(), verbose_name=_("Only these agents"), default=list, blank=True)
    product_ids = ArrayField(models.BigIntegerField(), verbose_name=_("Products"), default=list, blank=True)
    city_ids = ArrayField(models.BigIntegerField(), verbose_name=_("Cities"), default=list, blank=True)
    zone_ids = ArrayField(models.BigIntegerField(), verbose_name=_("Zones"), default=list, blank=True)
    store_ids = ArrayField(models.BigIntegerField(), verbose_name=_("Stores"), default=list, blank=True)
    channels = ArrayField(
        models.CharField(max_length=12, choices=Order.Channel.choices),
        verbose_name=_("Channels"),
        default=list,
        blank=True,
    )
    platforms = ArrayField(models.CharField(max_length=30), verbose_name=_("Platforms"), default=list, blank=True)
    language = models.CharField(_("The client writes in"), max_length=2, choices=ClientLanguage.choices, blank=True)
    client_kind = models.CharField(_("Clients"), max_length=10, choices=ClientKind.choices, blank=True)
    min_amount = models.DecimalField(
        _("Order value from"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    max_amount = models.DecimalField(
        _("Order value up to"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name or str(self.get_method_display())


class AgentProfile(models.Model):
    """What an agent handles and how much. Empty lists: everything; no capacity: the policy's."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="call_profile"
    )
    is_taking_orders = models.BooleanField(_("Gets new orders by the rules"), default=True)
    languages = ArrayField(
        models.CharField(max_length=2, choices=ClientLanguage.choices),
        verbose_name=_("Handles clients who write in"),
        default=list,
        blank=True,
    )
    product_ids = ArrayField(models.BigIntegerField(), verbose_name=_("Handles products"), default=list, blank=True)
    city_ids = ArrayField(models.BigIntegerField(), verbose_name=_("Handles cities"), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("Open orders at most"), null=True, blank=True, validators=[MaxValueValidator(5000)]
    )
    weight = models.PositiveSmallIntegerField(
        _("Weight in %"), default=100, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(weight__gte=1), name="agent_profile_weight_positive")]

    def __str__(self) -> str:
        return str(self.user_id)
