from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.finance.models import CarrierFee
from commanda.finance.services.costs import set_product_cost
from commanda.finance.services.expenses import add_expense
from commanda.finance.services.plans import save_commission_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.shipping.models import Carrier
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
PAGES = (
    "finance",
    "finance_costs",
    "finance_fees",
    "finance_expenses",
    "finance_plans",
    "finance_commissions",
)


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_finance_is_closed_when_the_role_is_not_admin(client, role):
    variant, expense = make_variant(), add_expense(actor=SYSTEM, kind="rent", amount=Decimal(5), spent_on=today())
    client.force_login(make_user(role))
    for name in PAGES:
        assert client.get(reverse(name)).status_code == 403
        assert client.post(reverse(name), {}).status_code == 403
    assert client.get(reverse("finance_product", args=[variant.product_id])).status_code == 403
    assert client.post(reverse("finance_expense_void", args=[expense.pk]), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_page_says_what_to_do_when_there_is_nothing(client, admin, name):
    answer = client.get(reverse(name))
    assert (answer.status_code, 'class="empty' in answer.content.decode()) == (200, True)


def test_sums_of_the_products_are_the_shops_when_profit_is_opened(client, admin):
    dear, cheap = make_variant(stock=9, price="300"), make_variant(stock=9, price="100")
    make_order(dear, cheap, state="delivered")
    add_expense(actor=SYSTEM, kind="rent", amount=Decimal("33.33"), spent_on=today())
    context = client.get(reverse("finance")).context
    for slug in ("revenue", "expenses", "profit"):
        assert sum(row.figures[slug] for row, _url in context["rows"]) == context["total"][slug]
    text = client.get(context["rows"][0][1]).content.decode()
    assert dear.product.name in text
    assert client.get(reverse("finance_product", args=[0])).status_code == 404


def test_fees_are_set_when_typed_on_their_card(client, admin):
    carrier = Carrier.objects.create(name="Atlas Essai")
    data = {"carrier": carrier.pk, "delivered_amount": "35", "returned_amount": "10", "valid_from_on": today()}
    assert client.post(reverse("finance_fees"), data).status_code == 302
    assert CarrierFee.objects.get().delivered_amount == 35
    wrong = client.post(reverse("finance_fees"), {**data, "delivered_amount": "99999"})
    assert wrong.status_code == 422
    assert "invalid-feedback" in wrong.content.decode()


def test_ledger_shows_one_agent_when_chosen(client, admin):
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    agents = [make_user("agent") for _ in range(2)]
    orders = [make_order(make_variant(stock=1), state="delivered", assignee_id=agent.pk) for agent in agents]
    address = reverse("finance_commissions")
    assert len(client.get(address).context["page"].rows) == 2
    answer = client.get(address, {"agent": agents[0].pk})
    assert [entry.order for entry in answer.context["page"].rows] == [orders[0]]
    assert answer.context["total"] == 20
    assert client.get(address, {"agent": "x", "after": "?"}).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_queries_stay_the_same_when_there_are_more_rows(client, admin, name):
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    agent = make_user("agent")

    def count(number):
        for _ in range(number):
            variant = make_variant(stock=1)
            set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=Decimal(5), valid_from_on=today())
            make_order(variant, state="delivered", assignee_id=agent.pk)
            add_expense(actor=SYSTEM, kind="rent", amount=Decimal(5), spent_on=today(), product_id=variant.product_id)
            Carrier.objects.create(name=f"Transport {variant.pk}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    count(1)
    assert count(1) == count(6)
