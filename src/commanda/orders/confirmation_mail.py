"""The mail that confirms an order to its client, in the client's language. Text and HTML say the same."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language_bidi, override
from django.utils.translation import gettext as _

from commanda.kernel.money import format_mad
from commanda.orders.models import Order, OrderBilling


def confirmation_mail(order: Order, billing: OrderBilling) -> EmailMultiAlternatives:
    """The mail, ready to be sent; `order` has its store and lines. Its id depends on the order alone, so that one
    sent twice by accident shows once."""
    with override(billing.language):
        context = _context(order, billing)
        mail = EmailMultiAlternatives(
            subject=_("Your order %(reference)s at %(store)s")
            % {"reference": order.reference, "store": order.store.name},
            body=_text(context),
            from_email=f'"{order.store.name}" <{settings.DEFAULT_FROM_EMAIL}>'
            if "<" not in settings.DEFAULT_FROM_EMAIL
            else settings.DEFAULT_FROM_EMAIL,
            to=[billing.email],
            headers={"Message-ID": f"<order-{order.reference}-{order.created_at:%Y%m%d%H%M%S}@commanda>"},
        )
        mail.attach_alternative(render_to_string("orders/mail/confirmation.html", context), "text/html")
    return mail


def _context(order: Order, billing: OrderBilling) -> dict[str, object]:
    facts = [
        (_("Company"), billing.company_name),
        (_("Your reference"), billing.purchase_reference),
        (_("Payment method"), str(billing.get_payment_method_display())),
        (_("Delivery address"), ", ".join(filter(None, (order.address, str(order.city or order.city_text))))),
        (_("Discount"), format_mad(order.discount_amount) if order.discount_amount else ""),
        (_("Delivery"), format_mad(order.delivery_amount) if order.delivery_amount else ""),
        (_("Total"), format_mad(order.total_amount)),
    ]
    return {
        "direction": "rtl" if get_language_bidi() else "ltr",
        "language": billing.language,
        "greeting": _("Hello %(name)s,")
        % {"name": billing.contact_name or order.customer_name or billing.company_name or ""},
        "opening": _("Thank you. We have received your order %(reference)s of:") % {"reference": order.reference},
        "lines": [(f"{line.quantity} × {line.label}", format_mad(line.total_amount)) for line in order.lines.all()],
        "facts": [(label, value) for label, value in facts if value],
        "closing": _("We will tell you when it is on its way."),
        "store": order.store.name,
    }


def _text(context: dict[str, object]) -> str:
    lines = [f"  {label}  {amount}" for label, amount in context["lines"]]  # type: ignore[attr-defined]
    facts = [f"{label}: {value}" for label, value in context["facts"]]  # type: ignore[attr-defined]
    return "\n".join(
        [
            str(context["greeting"]).replace(" ,", ","),
            "",
            str(context["opening"]),
            *lines,
            "",
            *facts,
            "",
            str(context["closing"]),
            str(context["store"]),
        ]
    )
