"""What an agent waits for between two clients: the outcome is written, the next order is there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

from bench.limits import Limits
from bench.load import Request, Site
from bench.results import Figure
from bench.writes import new_orders, variants

if TYPE_CHECKING:
    from commanda.orders.models import Order

# More than an agent alone can end in a second here.
MOST_A_SECOND = 60
WARM_UP = 4
CSRF = "b" * 32


def outcomes(site: Site, limits: Limits) -> Iterator[Figure]:
    """One agent sends "no answer" again and again; each answer holds the next order of his queue. 1 client."""
    requests = sent_forms(int(site.seconds * MOST_A_SECOND) + WARM_UP)
    headers = site.as_role("agent")
    headers |= {
        "Cookie": f"{headers['Cookie']}; csrftoken={CSRF}",
        "X-CSRFToken": CSRF,
        "HX-Request": "true",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    found = site.load(requests, headers, clients=1, warm_up=WARM_UP)
    title = "next order after an outcome, 1 client"
    yield Figure("next_order", title, found.percentile(0.95), "ms p95", None, found.details())


def sent_forms(number: int) -> list[Request]:
    """The forms of so many orders of the agent, as the page sends them."""
    from django.urls import reverse

    from commanda.accounts.models import User
    from commanda.confirmation.models import Lease, QueueEntry
    from commanda.confirmation.selectors import queue_list
    from commanda.kernel.actor import system_actor
    from commanda.kernel.clock import now
    from commanda.orders.services.assign import assign_orders

    agent = User.objects.filter(role__slug="agent").order_by("pk")[0]
    # What an earlier run of a kept house left over would come between.
    Lease.objects.filter(agent=agent).delete()
    QueueEntry.objects.filter(assignee=agent).update(due_at=now() + timedelta(days=1))
    ids = new_orders(variants(), number)
    assign_orders(actor=system_actor("bench"), order_ids=ids, agent_id=agent.pk)
    # In the order of his queue, so that each answer holds the order of the next form.
    orders = [entry.order for entry in queue_list(agent.as_actor()).prefetch_related("order__lines")[:number]]
    return [("POST", reverse("call_order", args=[order.reference]), _form(order)) for order in orders]


def _form(order: "Order") -> str:
    fields = {
        "once": uuid4().hex,
        "customer_name": order.customer_name,
        "phone_e164": order.phone_e164,
        "city": "",
        "medium": "phone",
        "outcome": "no_answer",
    }
    return urlencode(fields | {f"qty_{line.pk}": line.quantity for line in order.lines.all()})
