from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.orders.models.order import Order


class PaymentMethod(models.TextChoices):
    CASH_ON_DELIVERY = "cod", _("Cash on delivery")
    BANK_TRANSFER = "transfer", _("Bank transfer")
    CHEQUE = "cheque", _("Cheque")


# What the courier does not collect at the door.
PAID_OTHERWISE = tuple(method for method in PaymentMethod if method is not PaymentMethod.CASH_ON_DELIVERY)


class OrderBilling(models.Model):
    """Who is billed and how it is paid, for orders that say more than name and phone. Apart from the order, which
    every list reads."""

    PaymentMethod = PaymentMethod

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="billing")
    company_name = models.CharField(_("Company"), max_length=200, blank=True)
    ice = models.CharField(
        _("ICE"), max_length=15, blank=True, validators=[RegexValidator(r"^\d{15}$", _("An ICE has 15 digits."))]
    )
    contact_name = models.CharField(_("Contact person"), max_length=200, blank=True)
    purchase_reference = models.CharField(_("Purchase reference"), max_length=80, blank=True)
    payment_method = models.CharField(
        _("Payment method"), max_length=10, choices=PaymentMethod.choices, default=PaymentMethod.CASH_ON_DELIVERY
    )
    email = models.EmailField(_("E-mail"), blank=True)
    language = models.CharField(_("Language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    emailed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.company_name or str(self.order_id)
