"""The first message to a client. It speaks the client's language, whichever the page is in."""

from collections.abc import Mapping

from commanda.kernel.money import format_mad
from commanda.orders.models import Order

GREETINGS: Mapping[str, str] = {
    "fr": (
        "Bonjour{name}, ici {store}. Nous avons bien reçu votre commande {reference} : {items}. "
        "Total à payer à la livraison : {total}. Pouvez-vous nous la confirmer ?"
    ),
    "ar": (
        "السلام عليكم{name}، معكم {store}. توصلنا بطلبيتكم رقم {reference}: {items}. "
        "المجموع عند الاستلام: {total}. هل يمكنكم تأكيد الطلبية؟"
    ),
}


def greeting(order: Order, language: str) -> str:
    """The greeting with products and total, `fr` or `ar`; needs the order's lines and store."""
    items = ", ".join(f"{line.quantity} × {line.label}" for line in order.lines.all())
    name = f" {order.customer_name}" if order.customer_name else ""
    return GREETINGS[language].format(
        name=name,
        store=order.store.name,
        reference=order.reference,
        items=items,
        total=format_mad(order.total_amount).replace("\u202f", " ").replace("\xa0", " "),
    )
