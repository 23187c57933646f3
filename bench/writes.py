"""What a shop writes: orders created and confirmed through the API, one by one and in bulk."""

import itertools
import json
import math
import random
from collections.abc import Iterator, Sequence

from bench.limits import Limits
from bench.load import Load, Request, Site
from bench.results import Figure

BULK = 200
BULK_CLIENTS = 2  # as many as the web server has workers: more would only wait
WARM_UP = 4
# More than can be done in a second here; what is not used up is simply left over.
MOST_A_SECOND, MOST_IN_BULK_A_SECOND = 800, 6_000
REFUSED = frozenset({409})
API = "/api/v1"

_phones = itertools.count(1)
_chance = random.Random(1)


def create(site: Site, limits: Limits) -> Iterator[Figure]:
    """Create orders one by one: a client and two lines."""
    known = skus()
    requests = [_post("/orders", order_body(known)) for _number in range(_enough(site, MOST_A_SECOND))]
    found = site.load(requests, site.as_key(), warm_up=WARM_UP)
    yield _figure("create", "create an order by API (client + 2 lines)", found, limits.create())


def create_in_bulk(site: Site, limits: Limits) -> Iterator[Figure]:
    """Create orders, 200 a call."""
    known = skus()
    calls = math.ceil(site.seconds * MOST_IN_BULK_A_SECOND / BULK) + BULK_CLIENTS
    bodies = [{"orders": [order_body(known) for _place in range(BULK)]} for _call in range(calls)]
    requests = [_post("/bulk/orders", body) for body in bodies]
    found = site.load(requests, site.as_key(), clients=BULK_CLIENTS, warm_up=1)
    yield _figure("bulk_create", f"create by API, {BULK} a call", found, limits.create(), times=BULK)


def confirm(site: Site, limits: Limits) -> Iterator[Figure]:
    """Confirm orders one by one, over all products and then all on one."""
    ids = new_orders(variants(), _enough(site, MOST_A_SECOND))
    spread = site.load(moves(ids), site.as_key(), warm_up=WARM_UP)
    _prove_confirmed(ids, len(spread.ok) + WARM_UP * site.clients)
    yield _figure("confirm", "confirm by API, over many products", spread, limits.confirm())
    yield _confirm_hot(site, limits, spread.rate)


def confirm_in_bulk(site: Site, limits: Limits) -> Iterator[Figure]:
    """Confirm orders, 200 a call."""
    calls = math.ceil(site.seconds * MOST_IN_BULK_A_SECOND / BULK) + BULK_CLIENTS
    ids = new_orders(variants(), calls * BULK)
    groups = [ids[start : start + BULK] for start in range(0, len(ids), BULK)]
    requests = [_post("/bulk/transitions", {"to": "confirmed", "ids": group}) for group in groups]
    found = site.load(requests, site.as_key(), clients=BULK_CLIENTS, warm_up=1)
    _prove_confirmed(ids, (len(found.ok) + BULK_CLIENTS) * BULK)
    yield _figure("bulk_confirm", f"confirm by API, {BULK} a call", found, limits.confirm(), times=BULK)


def _confirm_hot(site: Site, limits: Limits, spread_rate: float) -> Figure:
    """More orders than there is stock, all on one product: exactly the stock must be sold."""
    wanted = max(40 + WARM_UP * site.clients, int(spread_rate * site.seconds))
    stock = wanted * 3 // 4
    variant = _hot_variant(stock)
    ids = new_orders([variant], wanted)
    before = _deadlocks(site)
    found = site.load(moves(ids), site.as_key(), seconds=30 + 20 * site.seconds, warm_up=WARM_UP, expected=REFUSED)
    confirmed, level = _confirmed(ids), _level(variant)
    is_exact = (
        confirmed == stock == len(found.ok) + WARM_UP * site.clients
        and level == (stock, stock, 0)
        and found.count(409) == wanted - stock
    )
    return Figure(
        key="confirm_hot",
        title="confirm by API, all on one product",
        value=found.rate,
        unit="/s",
        limit=limits.confirm_hot(),
        values={
            **found.details(),
            "of_spread": found.rate / spread_rate,
            "is_exact": float(is_exact),
            "deadlocks": _deadlocks(site) - before,
        },
        note=f"{found.rate / spread_rate * 100:.0f} % of our spread; {confirmed} of {wanted} orders got {stock} units",
    )


def _figure(key: str, title: str, found: Load, limit: float, *, times: int = 1) -> Figure:
    rate = found.rate * times
    return Figure(key, title, rate, "/s", limit, {**found.details(), "rate": rate})


def _enough(site: Site, a_second: int) -> int:
    return math.ceil(site.seconds * a_second) + WARM_UP * site.clients


def _post(path: str, body: object) -> Request:
    return ("POST", API + path, json.dumps(body))


def moves(ids: Sequence[int]) -> list[Request]:
    from commanda.kernel.actor import system_actor
    from commanda.orders.selectors import references

    known = references(system_actor("bench"), ids)
    return [_post(f"/orders/{known[pk]}/transition", {"to": "confirmed"}) for pk in ids]


def order_body(skus: Sequence[str]) -> dict[str, object]:
    lines = [{"sku": sku, "quantity": 1} for sku in _chance.sample(skus, 2)]
    number = next(_phones)
    return {
        "phone": f"07{number:08d}",
        "customer_name": f"Salma Exemple {number}",
        "city": "Rabat",
        "address": "Hay Salam n° 12",
        "lines": lines,
    }


def skus() -> list[str]:
    from commanda.catalog.models import Variant

    return list(Variant.objects.sellable().values_list("sku", flat=True))


def variants() -> list[int]:
    from commanda.catalog.models import Variant

    return list(Variant.objects.sellable().filter(sku__startswith="BANC-").values_list("pk", flat=True))


def new_orders(variants: Sequence[int], count: int) -> list[int]:
    """Orders of one unit each, over the variants in turn, made by the service."""
    from commanda.kernel.actor import system_actor
    from commanda.orders.models import Store
    from commanda.orders.services.create import create_orders
    from commanda.orders.services.drafts import LineDraft, OrderDraft

    store = Store.objects.values_list("pk", flat=True)[0]
    drafts = [
        OrderDraft(
            phone_e164=f"+2127{next(_phones):08d}",
            customer_name="Salma Exemple",
            lines=(LineDraft(variants[place % len(variants)]),),
            store_id=store,
            channel="api",
        )
        for place in range(count)
    ]
    made: list[int] = []
    for start in range(0, count, 1000):
        orders = create_orders(actor=system_actor("bench"), drafts=drafts[start : start + 1000])
        made += [order.pk for order in orders]
    return made


def _hot_variant(stock: int) -> int:
    from decimal import Decimal

    from commanda.catalog.models import Variant
    from commanda.catalog.services.products import VariantData, create_product
    from commanda.kernel.actor import system_actor
    from commanda.stock.services.documents import StockLine, receive_stock

    actor = system_actor("bench")
    # A kept database may hold those of earlier runs.
    data = VariantData(sku=f"CHAUD-{Variant.objects.count()}", price_amount=Decimal(199))
    variant = create_product(actor=actor, fields={"name": "Article chaud"}, variants=[data]).variants.get()
    receive_stock(actor=actor, lines=[StockLine(variant.pk, stock)])
    return variant.pk


def _confirmed(ids: Sequence[int]) -> int:
    from commanda.orders.models import Order

    return Order.objects.filter(pk__in=ids, stage="confirmed").count()


def _prove_confirmed(ids: Sequence[int], answered: int) -> None:
    """Raise RuntimeError unless exactly the moves that were answered with success were done."""
    done = _confirmed(ids)
    if done != answered:
        raise RuntimeError(f"{answered} confirmations were acknowledged, {done} were done")


def _level(variant_id: int) -> tuple[int, int, int]:
    from commanda.stock.models import StockLevel

    level = StockLevel.objects.get(pk=variant_id)
    return level.on_hand, level.reserved, level.available


def _deadlocks(site: Site) -> int:
    with site.house.connect() as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        found = connection.execute("SELECT sum(deadlocks) FROM pg_stat_database").fetchone()
    return int(found[0]) if found else 0
