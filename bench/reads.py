"""What people look at: the orders list, search, home pages; and the API's list."""

import random
from collections.abc import Iterator, Sequence

from bench.limits import Limits
from bench.load import Load, Request, Site
from bench.results import Figure

VARIETY = 60
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
    """The home page of each role, over ninety days where it lets one choose, 1 client."""
    for role in ROLES:
        found = site.load(home_pages(), site.as_role(role), clients=1, may_repeat=True)
        yield _waiting(f"home_{role}", f"home page of the {role}, 1 client", found)


def home_pages() -> list[Request]:
    """The home page over ninety days."""
    from django.urls import reverse

    from commanda.kernel.clock import today

    last = today()
    return _get(reverse("home"), [f"from={last.fromordinal(last.toordinal() - 89)}&to={last}"])


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
