"""A believable shop of any size: people and products as objects, the past set-based in SQL."""

import time
from decimal import Decimal
from pathlib import Path

from bench.house import House
from bench.multiply import multiply

SQL = Path(__file__).with_name("sql")
DAYS = 120
FREE_UNITS = 20_000
# What a larger shop is made of, by copying it.
MOST_MADE = 1_000_000
# From here on foreign keys are not checked while loading; smaller runs of the same SQL check every one.
UNCHECKED_FROM = 100_000
KEPT_AT_ONCE = 50_000
AGENTS, BUYERS, PRODUCTS = 12, 3, 60
COLOURS, SIZES = ("Noir", "Sable"), ("M", "L")


def fill(house: House, *, orders: int) -> str:
    """People, products and `orders` orders of the last 120 days with all they left behind, books balanced. Of more
    than a million each million is the first one again, for clients of its own.

    Returns what to tell about it. A kept house that was filled before stays as it is.
    """
    from commanda.insights.books import assert_books_balance
    from commanda.insights.services.keep import keep_sums, rebuild_sums
    from commanda.kernel.text import fold
    from commanda.orders.models import Order

    if house.is_kept and Order.objects.exists():
        return "the orders of an earlier run are used"
    _people()
    _products()
    started = time.monotonic()
    times = max(1, round(orders / MOST_MADE))
    with house.connect() as connection:
        settings = {"bench.orders": min(orders, MOST_MADE), "bench.days": DAYS, "bench.free": FREE_UNITS}
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, str(value)])
        connection.execute("SET work_mem = '128MB'")
        if orders >= UNCHECKED_FROM:
            connection.execute("SET session_replication_role = replica")
        for file in sorted(SQL.glob("history_*.sql")):
            connection.execute(file.read_text())
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        rows = connection.execute("SELECT customer_name, name_folded FROM orders_order LIMIT 500").fetchall()
        if any(fold(name) != folded for name, folded in rows):
            raise RuntimeError("the history folds names in another way than the program")
    rebuild_sums()
    while keep_sums(most_orders=KEPT_AT_ONCE):
        pass
    with house.connect() as connection:
        connection.execute("ANALYZE")
    if times > 1:
        multiply(house, times)
    assert_books_balance()
    return f"{order_number():,} orders of history made in {time.monotonic() - started:.0f} s"


def order_number() -> int:
    """How many orders there are: in a kept house those of earlier runs, whatever this one asked for."""
    from commanda.orders.models import Order

    return Order.objects.count()


def _people() -> None:
    """Nobody has a password: hashing them is slow on purpose, and the bench signs in by session."""
    from django.contrib.auth.hashers import make_password

    from commanda.accounts.models import Role, User

    roles = {role.slug: role for role in Role.objects.all()}
    wanted = ["admin", "supervisor", *["agent"] * AGENTS, *["buyer"] * BUYERS]
    User.objects.bulk_create(
        User(email=f"{slug}{number}@example.com", name=f"{slug.title()} {number}", role=roles[slug], password=password)
        for number, (slug, password) in enumerate(((slug, make_password(None)) for slug in wanted), start=1)
    )


def _products() -> None:
    """Sixty products, every third in four variants."""
    from commanda.catalog.services.products import VariantData, create_product
    from commanda.kernel.actor import system_actor

    for number in range(1, PRODUCTS + 1):
        price = Decimal(79 + number * 17 % 320)
        options = [(colour, size) for colour in COLOURS for size in SIZES] if number % 3 == 0 else [("", "")]
        create_product(
            actor=system_actor("bench"),
            fields={"name": f"Article {number:02d}", "category": f"Rayon {number % 6}"},
            variants=[
                VariantData(sku=f"BANC-{number:02d}-{place}", price_amount=price, color=colour, size=size)
                for place, (colour, size) in enumerate(options, start=1)
            ],
        )
