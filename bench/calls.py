"""What an agent waits for between two clients: the outcome is written, the next order is there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

from bench import people
from bench.limits import Limits
from bench.load import RequestAs, Site
from bench.results import Figure
from bench.writes import new_orders, variants

if TYPE_CHECKING:
    from commanda.orders.models import Order

AGENTS = 30
# More outcomes than all of them can end in a second here.
MOST_A_SECOND = 60
CSRF = "b" * 32


def outcomes(site: Site, limits: Limits) -> Iterator[Figure]:
    """Thirty agents send "no answer" in turn; each answer holds the next order of the agent's queue.

    One client without a pause: more than thirty people on the phone send. From the second turn on all of them hold one.
    """
    requests = sent_forms(int(site.seconds * MOST_A_SECOND) + AGENTS)
    headers = {
        "Connection": "keep-alive",
        "X-CSRFToken": CSRF,
        "HX-Request": "true",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    found = site.load(requests, headers, clients=1, warm_up=AGENTS)
    title = f"next order after an outcome, {AGENTS} agents in turn"
    yield Figure("next_order", title, found.percentile(0.95), "ms p95", None, found.details())


def sent_forms(number: int) -> list[RequestAs]:
    """At least so many forms as the agents' pages send them, one of each agent in turn."""
    from django.urls import reverse

    from commanda.confirmation.models import Lease, QueueEntry
    from commanda.confirmation.selectors import queue_list
    from commanda.kernel.actor import system_actor
    from commanda.kernel.clock import now
    from commanda.orders.services.assign import assign_orders

    agents = people.agents(AGENTS)
    # What an earlier run of a kept house left over would come between.
    Lease.objects.filter(agent__in=agents).delete()
    QueueEntry.objects.filter(assignee__in=agents).update(due_at=now() + timedelta(days=1))
    each = -(-number // AGENTS)
    ids = new_orders(variants(), each * AGENTS)
    queues = []
    for place, agent in enumerate(agents):
        assign_orders(actor=system_actor("bench"), order_ids=ids[place * each : (place + 1) * each], agent_id=agent.pk)
        # In the order of his queue, so that each answer holds the order of his next form.
        entries = queue_list(agent.as_actor()).prefetch_related("order__lines")[:each]
        cookie = {"Cookie": f"sessionid={people.session_of(agent)}; csrftoken={CSRF}"}
        addressed = [(reverse("call_order", args=[entry.order.reference]), entry.order) for entry in entries]
        queues.append([("POST", address, _form(order), cookie) for address, order in addressed])
    return [form for turn in zip(*queues, strict=True) for form in turn]


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
