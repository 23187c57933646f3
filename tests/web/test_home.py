from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.accounts.models import Role
from commanda.accounts.permissions import Perm
from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.catalog.models import Product
from commanda.finance.services.costs import set_product_cost
from commanda.finance.services.expenses import add_expense
from commanda.finance.services.plans import save_commission_plan
from commanda.insights import kept
from commanda.insights.models import RowChange
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is, today
from commanda.orders.services.transition import transition_order
from commanda.web.home.blocks import Block, Width, packed
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
ROLES = ("admin", "supervisor", "agent", "buyer")
# Amounts that appear nowhere by chance, as pages write them.
COST, EXPENSE, COMMISSION = "61,37", "7\u202f351,00", "13,57"


@pytest.fixture
def shop():
    """One sale with a cost, a commission, an expense and ad spend, and something that runs out."""
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal("13.57"), valid_from_on=today())
    agent, buyer = make_user("agent", name="Amal Essai"), make_user("buyer")
    variant = make_variant(stock=3, name="Lampe Essai", low_stock_qty=5)
    set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=Decimal("61.37"), valid_from_on=today())
    add_expense(actor=SYSTEM, kind="rent", amount=Decimal("7351.00"), spent_on=today())
    enter_spend(
        actor=buyer.as_actor(),
        product_id=variant.product_id,
        platform_id=Platform.objects.get(slug="facebook").pk,
        spent_on=today(),
        amount=Decimal("41.30"),
    )
    order = make_order(variant, state="delivered", assignee_id=agent.pk, platform="facebook")
    return {"agent": agent, "buyer": buyer, "order": order, "variant": variant}


def read(client, user, address="/"):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def templates(client, user, address="/"):
    client.force_login(user)
    return [block.template for _span, block in client.get(address).context["blocks"]]


@pytest.mark.parametrize("role", ROLES)
def test_page_says_what_to_do_when_nothing_is_there(client, role):
    text = read(client, make_user(role))
    assert 'class="empty' in text or "chart-empty" in text


def test_stranger_signs_in_first_when_opening_home(client):
    make_user("admin")
    assert client.get("/").status_code == 302


def test_owner_sees_the_money_when_something_was_sold(client, shop):
    text = read(client, make_user("admin"))
    for amount in (COST, EXPENSE, COMMISSION, "41,30", "-7\u202f268,24"):
        assert amount in text
    assert "Lampe Essai" in text
    assert reverse("finance_product", args=[shop["variant"].product_id]) in text


def test_agent_sees_own_commission_and_no_cost_when_something_was_sold(client, shop):
    text = read(client, shop["agent"])
    assert COMMISSION in text
    assert shop["order"].reference in text
    for amount in (COST, EXPENSE, "41,30"):
        assert amount not in text
    other = read(client, make_user("agent"))
    assert COMMISSION not in other
    assert shop["order"].reference not in other


def test_supervisor_sees_the_team_and_no_cost_when_something_was_sold(client, shop):
    text = read(client, make_user("supervisor"))
    assert "Amal Essai" in text
    for amount in (COST, EXPENSE, COMMISSION, "41,30"):
        assert amount not in text


def test_buyer_sees_own_results_and_no_client_when_something_was_sold(client, shop):
    text = read(client, shop["buyer"])
    assert "41,30" in text
    assert "Lampe Essai" in text
    assert "goods-flag" in text  # three left of a threshold of five
    for word in (COST, EXPENSE, COMMISSION, shop["order"].reference, shop["order"].customer_name, "199,00"):
        assert word not in text
    assert "41,30" not in read(client, make_user("buyer"))


def test_buyer_sees_the_first_products_and_all_that_should_pause(client):
    for number in range(15):
        make_variant(name=f"Article {number:02}", stock=50)
    buyer = make_user("buyer")
    text = read(client, buyer)
    assert text.count("goods-card") == 12
    assert "3 autres produits" in text
    Product.objects.update(low_stock_qty=60)
    text = read(client, buyer)
    assert text.count("goods-flag") == 15
    assert "autres produits" not in text


@pytest.mark.parametrize(
    ("role", "first", "others"),
    [
        ("admin", "home/_headline.html", {"home/_products.html", "home/_team.html", "home/_platforms.html"}),
        ("supervisor", "home/_headline.html", {"home/_waiting.html", "home/_team.html", "home/_alerts.html"}),
        ("agent", "home/_my_day.html", {"home/_my_commission.html", "home/_my_entries.html"}),
        ("buyer", "home/_headline.html", {"home/_ad_products.html", "home/_ad_results.html"}),
    ],
)
def test_blocks_are_those_of_the_role_when_home_opens(client, role, first, others):
    shown = templates(client, make_user(role))
    assert shown[0] == first
    assert others <= set(shown)


def test_blocks_follow_the_rights_when_a_role_is_made_of_single_ones(client):
    role = Role.objects.create(slug="mixed", name="Mixte", permissions=[Perm.ADS_ENTER, Perm.CALLS_LOG])
    user = make_user("agent")
    user.role = role
    user.save()
    shown = templates(client, user)
    assert "home/_my_day.html" in shown
    assert "home/_ad_results.html" in shown
    assert "home/_team.html" not in shown
    role.permissions = []
    role.save()
    assert templates(client, user) == []
    assert 'class="empty' in read(client, user)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 30),
        ("?period=today", 1),
        ("?period=7d", 7),
        ("?period=nonsense", 30),
        ("?from=2026-01-05&to=2026-01-01", 5),
        ("?from=2026-02-31&to=x", 30),
        ("?from=0001-01-01&to=0001-01-01", 1),
        ("?from=9999-12-31", 1),
    ],
)
def test_period_is_what_the_address_asks_for_when_it_can_be_read(client, query, expected):
    client.force_login(make_user("admin"))
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    assert answer.context["picked"].period.days == expected


def test_choice_is_carried_along_when_the_other_way_of_counting_is_chosen(client):
    client.force_login(make_user("admin"))
    picked = client.get("/?from=2026-01-01&to=2026-01-05&basis=event").context["picked"]
    assert picked.query == "basis=event&from=2026-01-01&to=2026-01-05"
    assert [base["url"] for base in picked.bases] == [
        "?basis=cohort&from=2026-01-01&to=2026-01-05",
        "?basis=event&from=2026-01-01&to=2026-01-05",
    ]
    assert picked.presets[1]["url"] == "?basis=event&period=7d"


@pytest.mark.parametrize("basis", ["cohort", "event"])
def test_every_card_leads_to_the_rows_that_add_up_to_it_when_opened(client, shop, basis):
    """A duplicate, and an order of long ago that arrives today, tell the figures from the lists of orders."""
    make_order(shop["variant"], state="duplicate")
    long_ago = now() - timedelta(days=60)
    with time_is(long_ago):
        late = make_order(make_variant(stock=5), state="shipped", created_at=long_ago)
    transition_order(actor=system_actor("test"), order_id=late.pk, to="delivered")
    client.force_login(make_user("admin"))
    blocks = client.get(f"/?period=7d&basis={basis}").context["blocks"]
    for card in blocks[0][1].data["cards"]:
        behind = client.get(card["url"]).context
        assert behind["figure"] == card["compared"].value, card["compared"].kpi.slug
    charts = [block.data["chart"] for _span, block in blocks if block.template == "home/_chart.html"]
    (steps,) = [chart for chart in charts if chart.kind == "funnel"]
    for value, url in zip(steps.series[0].values, steps.links, strict=True):
        assert client.get(url).context["total"] == value


@pytest.mark.parametrize("role", ROLES)
def test_queries_stay_the_same_when_there_are_more_orders(client, role):
    user = make_user(role)
    agent = user if role == "agent" else make_user("agent")
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())

    def count(orders):
        variant = make_variant(stock=orders, low_stock_qty=50)
        for _ in range(orders):
            make_order(variant, state="delivered", assignee_id=agent.pk, platform="facebook")
        client.force_login(user)
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        return len(queries)

    assert count(2) == count(10)


@pytest.mark.parametrize("path", ["/", "/reports/cities/", "/ads/", "/finance/"])
def test_page_says_of_when_figures_are_while_much_is_being_added(client, shop, monkeypatch, path):
    monkeypatch.setattr(kept, "is_far_behind", lambda: True)
    client.force_login(make_user("admin"))
    assert "Chiffres tels qu’ils étaient" not in client.get(path).content.decode()
    RowChange.objects.update(at=now() - timedelta(minutes=1))
    assert "Chiffres tels qu’ils étaient" in client.get(path).content.decode()


def test_last_block_takes_what_is_left_when_a_row_is_not_full():
    def block(width):
        return Block("x.html", width)

    side, main, half, full = (block(width) for width in (Width.SIDE, Width.MAIN, Width.HALF, Width.FULL))
    assert [span for span, _block in packed([main, side, full, side, full, half, half, main])] == [
        4,
        2,
        6,
        6,
        6,
        3,
        3,
        6,
    ]
    assert packed([]) == []
