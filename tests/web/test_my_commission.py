from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.finance.services.plan_checks import LineData, TierData
from commanda.finance.services.plans import PlanData, begin_plan, save_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def agents():
    alia, badr = make_user("agent", name="Alia Exemple"), make_user("agent", name="Badr Exemple")
    data = PlanData(
        name="Plan secret",
        delivered_amount=Decimal("10.37"),
        lines=[LineData("delivered", agent_id=badr.pk, amount=Decimal("77.41"))],
        tiers=[
            TierData(delivered_qty=5, fixed_amount=Decimal(500)),
            TierData(delivered_qty=900, fixed_amount=Decimal(8123)),
        ],
    )
    plan = save_plan(actor=SYSTEM, data=data)
    begin_plan(actor=SYSTEM, plan_id=plan.pk, valid_from_on=today() - timedelta(days=40))
    return alia, badr


def deliver(agent, state="delivered"):
    return make_order(make_variant(stock=5), state=state, assignee_id=agent.pk)


def test_agent_sees_own_money_and_nothing_else_when_the_page_is_opened(client, agents):
    alia, badr = agents
    mine, theirs = deliver(alia), deliver(badr)
    deliver(alia, "shipped")
    client.force_login(alia)
    page = client.get(reverse("my_commission"))
    text = page.content.decode()
    assert (page.context["total"], page.context["expected"].amount) == (Decimal("10.37"), Decimal("10.37"))
    assert mine.reference in text
    assert "500,00" in text
    for secret in (theirs.reference, badr.name, "77,41", "77.41", "Plan secret", "8123", "8 123"):
        assert secret not in text


def test_live_part_holds_the_sums_alone_when_htmx_asks_for_it(client, agents):
    alia, _badr = agents
    deliver(alia)
    client.force_login(alia)
    part = client.get(reverse("my_commission"), {"part": "sums"}, headers={"HX-Request": "true"})
    assert part.context["total"] == Decimal("10.37")
    assert "<html" not in part.content.decode()
    more = client.get(reverse("my_commission"), headers={"HX-Request": "true"})
    assert more.templates[0].name == "finance/_my_entries.html"


def test_page_says_what_to_do_when_there_is_nothing(client):
    client.force_login(make_user("agent"))
    page = client.get(reverse("my_commission"))
    assert (page.context["total"], page.context["progress"], list(page.context["statements"])) == (0, None, [])
    assert 'class="empty' in page.content.decode()


@pytest.mark.parametrize("role", ["admin", "supervisor", "buyer"])
def test_page_is_closed_when_the_role_earns_no_commission(client, role):
    client.force_login(make_user(role))
    assert client.get(reverse("my_commission")).status_code == 403


def test_home_leads_to_the_page_when_an_agent_signs_in(client, agents):
    client.force_login(agents[0])
    assert reverse("my_commission") in client.get(reverse("home")).content.decode()


def test_queries_stay_the_same_when_there_are_more_orders(client, agents):
    alia, _badr = agents
    client.force_login(alia)

    def count(number):
        for _ in range(number):
            deliver(alia), deliver(alia, "shipped")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("my_commission")).status_code == 200
        return len(queries)

    count(1)
    assert count(1) == count(5)
