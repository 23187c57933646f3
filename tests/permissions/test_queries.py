"""A page costs the same number of queries however many rows there are: for 10 of everything and for 200."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.accounts.models import ApiKey, Role, User
from commanda.ads.models import AdSpend, Platform
from commanda.alerts.models import Alert, AlertMute, AlertNotice, AlertRule
from commanda.audit.services import record_many
from commanda.catalog.models import Alias, Product, Variant
from commanda.confirmation.models import Call, Outcome
from commanda.finance.models import CarrierFee, CommissionPlan, Expense, ProductCost
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.kernel.clock import now, today
from commanda.orders.models import OrderComment, Store
from commanda.orders.services.create import create_orders
from commanda.orders.services.transition import transition_orders
from commanda.shipping.models import Carrier, Manifest
from commanda.shipping.services.ship import ship_orders
from commanda.stock.models import StockLevel, StockMovement
from commanda.stock.services.documents import StockLine, receive_stock
from tests.factories import order_draft
from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import SYSTEM, build_shop
from tests.permissions.table import rows

# Exports read in chunks of 500: five hundred orders are two of them. Rows behind a figure come in pieces of 200.
STREAMED = {"orders_export": 2, "report_rows_export": 15}
_serial = count(1)


def grow(shop, number):
    """Add so many more of everything that a page can list; set-based, since only the numbers matter."""
    serials = [next(_serial) for _step in range(number)]
    _grow_goods(shop, serials)
    _grow_orders(shop, serials)
    _grow_people(shop, serials)
    _grow_money(shop, serials)
    _grow_intake(shop, serials)
    _grow_alerts(shop, serials)


def _grow_goods(shop, serials):
    products = Product.objects.bulk_create(Product(name=f"Objet {n}", name_folded=f"objet {n}") for n in serials)
    variants = Variant.objects.bulk_create(
        Variant(product=product, sku=f"OBJ-{n}", price_amount=50) for product, n in zip(products, serials, strict=True)
    )
    StockLevel.objects.bulk_create(StockLevel(variant=variant) for variant in variants)
    receive_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 5) for variant in variants])
    main = shop.things["variant"]
    Alias.objects.bulk_create(Alias(text=f"nom {n}", text_folded=f"nom {n}", variant=main) for n in serials)
    StockMovement.objects.bulk_create(
        StockMovement(variant=main, kind="count", made_at=now(), note=f"essai {n}") for n in serials
    )
    shop.things["variants"] = variants


def _grow_orders(shop, serials):
    receive_stock(actor=SYSTEM, lines=[StockLine(shop.things["variant"].pk, 10 * len(serials))])
    agent = shop.people["agent"]
    drafts = [
        order_draft(shop.things["variant"], variant, assignee_id=agent.pk, tags=(f"t{variant.pk}",), city_text="Fès")
        for variant in shop.things["variants"]
    ]
    for path in (["to_confirm"], ["confirmed"], ["shipped"], ["shipped", "delivered"], ["shipped", "returned"]):
        ids = [order.pk for order in create_orders(actor=SYSTEM, drafts=drafts[: len(drafts) // 2])]
        if path == ["to_confirm"]:
            continue
        transition_orders(actor=SYSTEM, order_ids=ids, to="confirmed")
        for state in path:
            if state == "shipped":
                carrier = shop.things["carrier"].pk
                ship_orders(actor=SYSTEM, order_ids=ids, carrier_id=carrier, tracking={pk: f"T{pk}" for pk in ids})
            else:
                transition_orders(actor=SYSTEM, order_ids=ids, to=state, reason_text="essai")
    outcome = Outcome.objects.get(slug="no_answer")
    OrderComment.objects.bulk_create(
        OrderComment(order=shop.mine, author=agent, text=f"note {n}", created_at=now()) for n in serials
    )
    Call.objects.bulk_create(
        Call(order=shop.mine, agent=agent, outcome=outcome, is_answered=False, called_at=now()) for _n in serials
    )
    record_many(
        actor=agent.as_actor(),
        name="order.edited",
        subject="order",
        entries=[(shop.mine.pk, {"note": ["", str(n)]}) for n in serials],
    )


def _grow_people(shop, serials):
    role = Role.objects.get(slug="agent")
    people = User.objects.bulk_create(
        User(email=f"p{n}@example.com", name=f"Personne {n}", role=role, password="!") for n in serials
    )
    ApiKey.objects.bulk_create(
        ApiKey(user=person, name="essai", prefix="cmd_x", digest=f"d{person.pk}") for person in people
    )
    Role.objects.bulk_create(Role(slug=f"r{n}", name=f"Rôle {n}") for n in serials)
    Store.objects.bulk_create(Store(name=f"Boutique {n}", prefix="CM") for n in serials)
    carriers = Carrier.objects.bulk_create(Carrier(name=f"Transport {n}") for n in serials)
    Manifest.objects.bulk_create(Manifest(carrier=carrier, made_at=now()) for carrier in carriers)
    shop.things["carriers"] = carriers


def _grow_money(shop, serials):
    day = today()
    product = shop.things["variant"].product
    ProductCost.objects.bulk_create(
        ProductCost(variant=variant, purchase_amount=5, valid_from_on=day) for variant in shop.things["variants"]
    )
    CarrierFee.objects.bulk_create(
        CarrierFee(carrier=carrier, delivered_amount=1, returned_amount=1, valid_from_on=day)
        for carrier in shop.things["carriers"]
    )
    Expense.objects.bulk_create(
        Expense(kind="tools", amount=3, spent_on=day, product=product, created_at=now()) for _n in serials
    )
    CommissionPlan.objects.bulk_create(
        CommissionPlan(name=f"Plan {n}", delivered_amount=Decimal(1), valid_from_on=day - timedelta(days=n))
        for n in serials
    )
    AdSpend.objects.bulk_create(
        AdSpend(
            product=variant.product,
            platform=Platform.objects.first(),
            buyer=shop.people["buyer"],
            spent_on=day,
            amount=1,
            mad_amount=1,
            updated_at=now(),
        )
        for variant in shop.things["variants"]
    )


def _grow_intake(shop, serials):
    store = Store.objects.first()
    Source.objects.bulk_create(Source(name=f"Source {n}", kind="file", store=store) for n in serials)
    source, row = shop.things["source"], shop.things["row"]
    ImportRun.objects.bulk_create(
        ImportRun(source=source, trigger="upload", status="done", started_at=now()) for _n in serials
    )
    StagedRow.objects.bulk_create(
        StagedRow(
            source=source,
            key=f"k{n}",
            fingerprint="x",
            row_number=n,
            cells=row.cells,
            status=row.status,
            problems=row.problems,
            last_run=row.last_run,
        )
        for n in serials
    )


def _grow_alerts(shop, serials):
    """Alerts about products, which most people are told of, mutes and rules."""
    at, first = now(), shop.things["alert"]
    alerts = Alert.objects.bulk_create(
        Alert(
            rule=first.rule,
            kind=first.kind,
            subject_key=f"x{variant.product_id}",
            things={"product": variant.product_id},
            facts=first.facts,
            opened_at=at,
            changed_at=at,
            updated_at=at,
        )
        for variant in shop.things["variants"]
    )
    people = [shop.people[role] for role in ("admin", "buyer")]
    AlertNotice.objects.bulk_create(AlertNotice(alert=alert, user=user) for alert in alerts for user in people)
    AlertMute.objects.bulk_create(
        AlertMute(rule=first.rule, subject_key=f"y{n}", user=user, made_at=at) for n in serials for user in people
    )
    rules = AlertRule.objects.bulk_create(
        AlertRule(kind="low_stock", name=f"Règle {n}", is_active=n % 2 == 0) for n in serials
    )
    told = AlertRule.roles.through
    told.objects.bulk_create(told(alertrule_id=rule.pk, role_id=shop.people["admin"].role_id) for rule in rules)


def costs(shop, role):
    """address → queries, for every page the role may see; the second time, when caches are warm."""
    by_name = {address.name: address for address in addresses()}
    found = {}
    for (name, method), words in rows().items():
        if method == "GET" and words[role] == "200":
            ask(shop, role, by_name[name], method)
            with CaptureQueriesContext(connection) as captured:
                ask(shop, role, by_name[name], method).getvalue()
            found[name] = [query["sql"] for query in captured]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["admin", "agent", "buyer"])
def test_queries_are_the_same_for_10_and_200_rows(role):
    shop = build_shop()
    grow(shop, 10)
    few = costs(shop, role)
    grow(shop, 190)
    many = costs(shop, role)
    # Fewer is no harm: the first page may hold no bundle any more, whose parts cost a query of their own.
    allowed = {name: len(found) + STREAMED.get(name, 0) for name, found in few.items()}
    grown = {name: (len(few[name]), len(many[name])) for name in few if len(many[name]) > allowed[name]}
    assert not grown
