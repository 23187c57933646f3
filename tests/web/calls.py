"""What the tests of the calls page ask of it and send to it."""

from django.urls import reverse

from tests.factories import make_order

HTMX = {"HX-Request": "true"}


def order_of(agent, *lines, **fields):
    fields.setdefault("city_text", "Fès")
    return make_order(*lines, assignee_id=agent.pk, **fields)


def url(order):
    return reverse("call_order", args=[order.reference])


def form_of(order, **changes):
    """What the browser sends when nothing was touched."""
    data = {
        "once": f"token-{order.pk}",
        "customer_name": order.customer_name,
        "phone_e164": order.phone_e164,
        "city": str(order.city or order.city_text),
        "address": order.address,
        "note": order.note,
        "add_variant": "",
        "add_quantity": "1",
        "comment": "",
        "medium": "phone",
        "callback_at": "",
        "reason_text": "",
        "outcome": "",
    }
    data |= {f"qty_{line.pk}": str(line.quantity) for line in order.lines.all()}
    return data | changes


def state(order):
    order.refresh_from_db()
    return order.state.slug
