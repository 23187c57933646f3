from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.text import fold


class Category(models.Model):
    name = models.CharField(_("Name"), max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, actor: Actor) -> "ProductQuerySet":
        return self if actor.can(Perm.STOCK_VIEW) else self.none()


class Product(models.Model):
    """What is sold. Selling side only: its cost lives in `finance`. Stock is kept per variant."""

    name = models.CharField(_("Name"), max_length=150)
    name_folded = models.CharField(max_length=150, editable=False, db_index=True)
    category = models.ForeignKey(
        Category,
        verbose_name=_("Category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="products",
    )
    picture = models.ImageField(_("Picture"), upload_to="products/", blank=True)
    description = models.TextField(_("Description"), blank=True)
    call_script = models.TextField(_("Call script"), blank=True, help_text=_("Shown to the agent during the call."))
    is_bundle = models.BooleanField(_("Bundle"), default=False, help_text=_("A pack made of other products."))
    is_active = models.BooleanField(_("Active"), default=True)
    allows_backorder = models.BooleanField(
        _("Sell without stock"),
        default=False,
        help_text=_("Orders may be confirmed before the units arrive."),
    )
    low_stock_qty = models.PositiveIntegerField(
        _("Low-stock threshold"),
        default=10,
        help_text=_("Alert when fewer units are available. 0 for never."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.name_folded = fold(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class VariantQuerySet(models.QuerySet["Variant"]):
    def visible_to(self, actor: Actor) -> "VariantQuerySet":
        return self if actor.can(Perm.STOCK_VIEW) else self.none()

    def sellable(self) -> "VariantQuerySet":
        return self.filter(is_active=True, product__is_active=True)


class Variant(models.Model):
    """The unit of sale and of stock: a product in one colour and size. A plain product has exactly one."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=60, unique=True)
    color = models.CharField(_("Colour"), max_length=40, blank=True)
    size = models.CharField(_("Size"), max_length=40, blank=True)
    price_amount = models.DecimalField(
        _("Selling price"), max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    is_active = models.BooleanField(_("Active"), default=True)

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["product__name", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(price_amount__gte=0), name="variant_price_not_negative"),
            models.UniqueConstraint("product", "color", "size", name="variant_options_unique"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> str:
        """Colour and size as one text, empty for a plain product."""
        return " / ".join(part for part in (self.color, self.size) if part)

    @property
    def label(self) -> str:
        """Product and options; needs `select_related("product")`."""
        return f"{self.product.name} {self.options}".strip()


class BundleComponent(models.Model):
    """`quantity` units of `component` leave the stock for each bundle sold."""

    bundle = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="components")
    component = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("Quantity"), default=1, validators=[MinValueValidator(1)])

    class Meta:
        constraints = [
            models.UniqueConstraint("bundle", "component", name="bundle_component_unique"),
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="bundle_quantity_positive"),
            models.CheckConstraint(condition=~models.Q(bundle=models.F("component")), name="bundle_not_of_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.component_id}"


class Alias(models.Model):
    """Another way in which sheets and clients name a variant; compared folded."""

    text = models.CharField(_("Text"), max_length=200)
    text_folded = models.CharField(max_length=200, unique=True)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        ordering = ["text"]

    def __str__(self) -> str:
        return self.text
