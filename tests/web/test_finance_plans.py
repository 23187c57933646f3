from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.catalog.services.offers import OfferData, save_offer
from commanda.finance.models import CommissionLine, CommissionPlan
from commanda.finance.services.plan_checks import LineData, TierData
from commanda.finance.services.plans import PlanData, begin_plan, save_commission_plan, save_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def sent(*, lines=(), tiers=(), **fields):
    """The page's form as a browser sends it."""
    data = {"name": "Agents", "confirmed_amount": "", "delivered_amount": "12", "upsell_amount": "2,50", **fields}
    for prefix, rows in (("lines", lines), ("tiers", tiers)):
        data[f"{prefix}-TOTAL_FORMS"] = len(rows) + 1
        data[f"{prefix}-INITIAL_FORMS"] = 0
        for place, row in enumerate(rows):
            data |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    data |= {f"lines-{len(lines)}-trigger": "delivered", f"lines-{len(lines)}-kind": "mad"}
    return data


def test_draft_is_made_when_the_page_is_filled_in(client, admin):
    agent, variant = make_user("agent"), make_variant()
    lines = [
        {"place": "2", "trigger": "upsell", "value": "5", "kind": "percent", "cap_amount": "20"},
        {
            "place": "1",
            "trigger": "delivered",
            "agent": agent.pk,
            "product": variant.product_id,
            "value": "15",
            "kind": "mad",
        },
    ]
    tiers = [{"delivered_qty": "200", "delivery_rate": "65", "per_order_amount": "2", "fixed_amount": ""}]
    answer = client.post(reverse("finance_plan_new"), sent(lines=lines, tiers=tiers, keeps_confirmed="on"))
    assert answer.status_code == 302
    plan = CommissionPlan.objects.get()
    assert (plan.valid_from_on, plan.delivered_amount, plan.upsell_amount, plan.confirmed_amount) == (
        None,
        12,
        Decimal("2.5"),
        0,
    )
    first, second = plan.lines.order_by("position")
    assert (first.agent_id, first.product_id, first.amount) == (agent.pk, variant.product_id, 15)
    assert (second.trigger, second.ratio, second.cap_amount) == ("upsell", Decimal("0.05"), 20)
    (tier,) = plan.tiers.all()
    assert (tier.delivered_qty, tier.delivery_rate, tier.per_order_amount) == (200, Decimal("0.65"), 2)
    page = client.get(answer.url)
    assert page.context["lines"].initial[1]["kind"] == "percent"
    assert 'value="65"' in page.content.decode()


def test_line_keeps_the_terms_of_an_offer_when_the_offer_is_gone(client, admin):
    variant = make_variant()
    offer = save_offer(
        actor=SYSTEM, product_id=variant.product_id, data=OfferData(price_amount=Decimal(349), quantity=2)
    )
    key = f"{variant.product_id}-0-2"
    line = {"trigger": "upsell", "offer": key, "value": "9", "kind": "mad"}
    assert client.post(reverse("finance_plan_new"), sent(lines=[line])).status_code == 302
    stored = CommissionLine.objects.get()
    assert (stored.product_id, stored.offer_variant_id, stored.offer_qty) == (variant.product_id, None, 2)
    offer.delete()
    page = client.get(reverse("finance_plan", args=[stored.plan_id])).content.decode()
    assert f'value="{key}" selected' in page


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"trigger": "delivered", "value": "", "kind": "mad", "cap_amount": "5"}, "value"),
        ({"trigger": "delivered", "value": "101", "kind": "percent"}, "value"),
        ({"trigger": "delivered", "value": "10001", "kind": "mad"}, "value"),
        ({"trigger": "yacht", "value": "1", "kind": "mad"}, "trigger"),
        ({"trigger": "delivered", "agent": "0", "value": "1", "kind": "mad"}, "agent"),
        ({"trigger": "delivered", "value": "1", "kind": "mad", "cap_amount": "0"}, "cap_amount"),
    ],
)
def test_error_stands_in_the_very_row_when_a_line_is_wrong(client, admin, row, field):
    good = {"trigger": "delivered", "value": "1", "kind": "mad"}
    answer = client.post(reverse("finance_plan_new"), sent(lines=[good, row]))
    assert answer.status_code == 422
    assert field in answer.context["lines"][1].errors
    assert not answer.context["lines"][0].errors
    assert "invalid-feedback" in answer.content.decode()
    assert not CommissionPlan.objects.exists()


def test_error_stands_in_the_tier_when_it_pays_nothing(client, admin):
    answer = client.post(reverse("finance_plan_new"), sent(tiers=[{"delivered_qty": "100"}]))
    assert answer.status_code == 422
    assert "fixed_amount" in answer.context["tiers"][0].errors


@pytest.mark.parametrize(
    "data", [{"x": "1"}, {"name": "A", "lines-TOTAL_FORMS": "9999999", "lines-INITIAL_FORMS": "x"}]
)
def test_page_comes_back_when_nonsense_is_sent(client, admin, data):
    assert client.post(reverse("finance_plan_new"), data).status_code == 422


def test_version_is_switched_on_frozen_and_copied_when_people_earn(client, admin):
    plan = save_plan(actor=SYSTEM, data=PlanData(name="Agents", delivered_amount=Decimal(8)))
    begin = reverse("finance_plan_begin", args=[plan.pk])
    assert client.post(begin, {"valid_from_on": "2026-02-31"}).status_code == 422
    assert client.post(begin, {"valid_from_on": today().isoformat()}).status_code == 302
    make_order(make_variant(stock=1), state="delivered", assignee_id=make_user("agent").pk)
    page = client.get(reverse("finance_plan", args=[plan.pk]))
    assert page.templates[0].name == "finance/plan_read.html"
    answer = client.post(reverse("finance_plan", args=[plan.pk]), sent())
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()
    assert client.post(begin, {"valid_from_on": (today() + timedelta(days=3)).isoformat()}).status_code == 422
    assert client.post(reverse("finance_plan_remove", args=[plan.pk])).status_code == 409
    made = client.post(reverse("finance_plan_copy", args=[plan.pk]))
    copy = CommissionPlan.objects.get(valid_from_on=None)
    assert made.url == reverse("finance_plan", args=[copy.pk])
    assert client.post(reverse("finance_plan_begin", args=[copy.pk]), {"valid_from_on": today()}).status_code == 422
    assert client.post(reverse("finance_plan_remove", args=[copy.pk])).status_code == 302


def test_simulation_shows_both_plans_when_a_draft_is_tried(client, admin):
    day = today() - timedelta(days=3)
    save_commission_plan(actor=SYSTEM, name="Ancien", delivered_amount=Decimal(10), valid_from_on=day)
    agent = make_user("agent")
    make_order(make_variant(stock=1), state="delivered", assignee_id=agent.pk)
    draft = save_plan(
        actor=SYSTEM, data=PlanData(name="Nouveau", delivered_amount=Decimal(4), confirmed_amount=Decimal(1))
    )
    page = client.get(reverse("finance_plan_simulation", args=[draft.pk]), {"period": "today"})
    (row,) = page.context["rows"]
    assert (row.present.total, row.tried.total, page.context["difference"]) == (10, 5, -5)
    empty = client.get(reverse("finance_plan_simulation", args=[draft.pk]), {"from": "2020-01-01", "to": "2020-01-02"})
    assert 'class="empty' in empty.content.decode()


@pytest.mark.parametrize("name", ["finance_plans", "finance_plan", "finance_plan_simulation"])
def test_queries_stay_the_same_when_plans_are_longer(client, admin, name):
    agents = [make_user("agent") for _ in range(6)]
    day = today() - timedelta(days=3)

    def count(number):
        lines = [LineData("delivered", agent_id=agent.pk, amount=Decimal(3)) for agent in agents[:number]]
        tiers = [TierData(delivered_qty=place, fixed_amount=Decimal(1)) for place in range(number)]
        data = PlanData(name="Agents", delivered_amount=Decimal(1), lines=lines, tiers=tiers)
        plan = save_plan(actor=SYSTEM, data=data)
        begin_plan(actor=SYSTEM, plan_id=plan.pk, valid_from_on=day - timedelta(days=number))
        for _ in range(number):
            make_variant()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name, args=[] if name == "finance_plans" else [plan.pk])).status_code == 200
        return len(queries)

    count(1)
    assert count(2) == count(6)
