"""What people look at: the orders list, search, home pages; and the API's list."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.limits import Limits
from bench.load import Load, Request, Site
from bench.results import Figure

VARIETY = 60
MOST_CHANGES, PAUSE_SECONDS, MOST_LAG = 200, 0.5, 30.0
ROLES = ("admin", "supervisor", "agent", "buyer")
STAGES = ("new", "confirming", "confirmed", "shipped", "delivered", "returned", "cancelled")


def pages(site: Site, limits: Limits) -> Iterator[Figure]:
    """The orders page under its filters, for one person and for many; the same rows by API."""
    requests = filtered_pages()
    admin = site.as_role("admin")
    alone = site.load(requests, admin, clients=1, may_repeat=True)
    yield _waiting("orders_page", "orders page (50 rows, a filter, tab counts), 1 client", alone)
    many = site.load(requests, admin, may_repeat=True)
    yield _working("orders_page_many", "orders page", many, limits.list_rows())
    stages = _get("/api/v1/orders", [f"stage={stage}&limit=50" for stage in STAGES])
    found = site.load(stages, site.as_key(), may_repeat=True)
    yield _working("api_list", "orders by API (50 rows, a filter)", found, limits.list_rows())


def search(site: Site, limits: Limits) -> Iterator[Figure]:
    """The orders page with something in its search field, 1 client."""
    chance = random.Random(2)
    people = _some_orders(chance)
    words = {
        "phone": ["0" + phone.removeprefix("+212") for phone, _name, _reference in people],
        # Half of the names are common, half are rare: people type the part they heard.
        "name": [name.split()[-1][: chance.choice((4, 5, 6))] for _phone, name, _reference in people],
        "reference": [reference for _phone, _name, reference in people],
    }
    titles = {"phone": "search by phone", "name": "search by part of a name", "reference": "search by reference"}
    for kind, texts in words.items():
        requests = _get("/orders/", [f"q={text}" for text in texts])
        found = site.load(requests, site.as_role("admin"), clients=1, may_repeat=True)
        yield _waiting(f"search_{kind}", f"{titles[kind]}, 1 client", found)


def homes(site: Site, limits: Limits) -> Iterator[Figure]:
    """The home page of each role, over ninety days where it lets one choose, 1 client; then while orders change."""
    for role in ROLES:
        found = site.load(home_pages(), site.as_role(role), clients=1, may_repeat=True)
        yield _waiting(f"home_{role}", f"home page of the {role}, 1 client", found)
    with at_work() as lags:
        found = site.load(home_pages(), site.as_role("admin"), clients=1, may_repeat=True)
    yield _waiting("home_changing", "home page of the admin while orders are confirmed, 1 client", found)
    lag = max(lags, default=0.0)
    yield Figure("figures_lag", "until figures show a change, at most", lag, "s", None, {"seconds": lag})


def reports(site: Site, limits: Limits) -> Iterator[Figure]:
    """Every report over ninety days, 1 client."""
    from commanda.reports.catalogue import REPORTS

    requests = _ninety_days([reverse_of("report", report.slug) for report in REPORTS])
    found = site.load(requests, site.as_role("admin"), clients=1, may_repeat=True)
    yield _waiting("reports", f"each of {len(requests)} reports over 90 days, 1 client", found)


@contextmanager
def at_work() -> Iterator[list[float]]:
    """Somebody confirms an order twice a second, and a worker keeps the sums; yields how late those were, seconds."""
    from commanda.insights.keeper import Keeper

    ended, lags = threading.Event(), list[float]()
    keeper, people = Keeper(), threading.Thread(target=_confirm_some, args=(ended, lags))
    keeper.start()
    people.start()
    try:
        yield lags
    finally:
        ended.set()
        people.join()
        keeper.stop()
        keeper.join()


def _confirm_some(ended: threading.Event, lags: list[float]) -> None:
    from django.db import connection

    from commanda.insights.models import RowChange
    from commanda.kernel.actor import system_actor
    from commanda.orders.models import Order
    from commanda.orders.services.transition import transition_order

    waiting = iter(list(Order.objects.filter(stage="new").values_list("pk", flat=True)[:MOST_CHANGES]))
    while not ended.wait(PAUSE_SECONDS) and (order_id := next(waiting, None)):
        transition_order(actor=system_actor("bench"), order_id=order_id, to="confirmed")
        changed_at = time.monotonic()
        while RowChange.objects.filter(order_id=order_id).exists() and time.monotonic() - changed_at < MOST_LAG:
            time.sleep(0.02)
        lags.append(time.monotonic() - changed_at)
    connection.close()


def home_pages() -> list[Request]:
    """The home page over ninety days."""
    return _ninety_days([reverse_of("home")])


def reverse_of(name: str, *args: str) -> str:
    """The address of a page; Django's own function is there only once it is set up."""
    from django.urls import reverse

    return reverse(name, args=args)


def _ninety_days(paths: Sequence[str]) -> list[Request]:
    from commanda.kernel.clock import today

    last = today()
    query = f"from={last.fromordinal(last.toordinal() - 89)}&to={last}"
    return [request for path in paths for request in _get(path, [query])]


def filtered_pages() -> list[Request]:
    """What people filter by: a stage, an agent, a product, a city, and two together."""
    from commanda.accounts.selectors import agents
    from commanda.catalog.models import Product
    from commanda.customers.models import City

    chance = random.Random(3)
    people = list(agents().values_list("pk", flat=True))
    products = list(Product.objects.order_by("pk").values_list("pk", flat=True)[:60])
    cities = list(City.objects.order_by("pk").values_list("pk", flat=True)[:60])
    found = []
    for _number in range(VARIETY // 5):
        stage = chance.choice(STAGES)
        found += [f"stage={stage}", f"agent={chance.choice(people)}", f"product={chance.choice(products)}"]
        found += [f"city={chance.choice(cities)}", f"stage={stage}&agent={chance.choice(people)}"]
    return _get("/orders/", found)


def _some_orders(chance: random.Random) -> list[tuple[str, str, str]]:
    """Phone, name and reference of orders of all ages."""
    from commanda.orders.models import Order

    highest = Order.objects.order_by("-pk").values_list("pk", flat=True)[0]
    wanted = {chance.randint(1, highest) for _number in range(VARIETY)}
    rows = Order.objects.filter(pk__in=wanted).order_by("pk").values_list("phone_e164", "customer_name", "reference")
    return list(rows)


def _get(path: str, queries: Sequence[str]) -> list[Request]:
    return [("GET", f"{path}?{query}", None) for query in queries]


def _waiting(key: str, title: str, found: Load) -> Figure:
    """What one person waits for: the figure is p95."""
    return Figure(key, title, found.percentile(0.95), "ms p95", None, found.details())


def _working(key: str, title: str, found: Load, limit: float) -> Figure:
    return Figure(key, title, found.rate, "/s", limit, {**found.details(), "rate": found.rate})
