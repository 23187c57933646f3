from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.finance.models import CommissionEntry, CommissionStatement
from commanda.finance.months import month_of
from commanda.finance.services.plan_checks import TierData
from commanda.finance.services.plans import PlanData, begin_plan, save_commission_plan, save_plan
from commanda.finance.services.statements import approve_statement, draw_up_statements
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import day_start, time_is, today
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def agent():
    day = today() - timedelta(days=90)
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=day)
    return make_user("agent")


def deliver(agent, count=1):
    return [make_order(make_variant(stock=5), state="delivered", assignee_id=agent.pk) for _ in range(count)]


def drawn(agent, **fields):
    span = {"first": today() - timedelta(days=9), "last": today(), **fields}
    draw_up_statements(actor=SYSTEM, **span, agent_ids=[agent.pk])
    return CommissionStatement.objects.filter(agent=agent).latest("pk")


def approved(agent):
    statement = drawn(agent)
    return approve_statement(actor=SYSTEM, statement_id=statement.pk, expected_amount=statement.total_amount)


def test_statement_goes_its_way_when_each_button_is_pressed(client, admin, agent):
    deliver(agent, 2)
    days = {"first": today().replace(day=1).isoformat(), "last": today().isoformat()}
    assert client.post(reverse("finance_statements"), days).status_code == 302
    statement = CommissionStatement.objects.get()
    place = [statement.pk]
    page = client.get(reverse("finance_statement", args=place)).content.decode()
    assert 'name="total" value="20.00"' in page
    assert client.post(reverse("finance_statement_approve", args=place), {"total": "20.00"}).status_code == 302
    assert client.post(reverse("finance_statement_reopen", args=place)).status_code == 302
    assert client.post(reverse("finance_statement_approve", args=place), {"total": "20,00"}).status_code == 302
    paid = {"total": "20.00", "method": "bank", "paid_on": today().isoformat(), "reference": "VIR-1"}
    wrong = client.post(reverse("finance_statement_pay", args=place), {**paid, "paid_on": "2999-01-01"})
    assert (wrong.status_code, "paid_on" in wrong.context["form"].errors) == (422, True)
    assert client.post(reverse("finance_statement_pay", args=place), paid).status_code == 302
    statement.refresh_from_db()
    assert (statement.state, statement.payment_reference) == ("paid", "VIR-1")
    assert client.post(reverse("finance_statement_discard", args=place)).status_code == 409
    assert client.get(reverse("finance_statements"), {"state": "paid"}).context["page"].rows == [statement]


@pytest.mark.parametrize("total", ["", "19", "x", "-5"])
def test_statement_is_not_approved_when_another_total_was_seen(client, admin, agent, total):
    deliver(agent, 2)
    statement = drawn(agent)
    answer = client.post(reverse("finance_statement_approve", args=[statement.pk]), {"total": total})
    assert answer.status_code == 409
    statement.refresh_from_db()
    assert statement.state == "draft"


@pytest.mark.parametrize(
    ("first", "last", "field"), [("2026-02-31", "", "first"), ("2026-05-02", "2026-05-01", "last")]
)
def test_error_stands_beside_the_day_when_the_span_is_wrong(client, admin, first, last, field):
    answer = client.post(reverse("finance_statements"), {"first": first, "last": last})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_file_lists_the_entries_when_it_is_taken(client, admin, agent, kind):
    (order,) = deliver(agent)
    statement = drawn(agent)
    answer = client.get(reverse("statement_file", args=[statement.pk, kind]))
    assert statement.number in answer["Content-Disposition"]
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"PK") or (order.reference.encode() in content and b"10.00" in content)
    assert client.get(reverse("statement_file", args=[statement.pk, "pdf"])).status_code == 422


@pytest.mark.parametrize("lang", ["fr", "ar", "xx"])
def test_paper_speaks_the_language_that_is_asked_for(client, admin, agent, lang):
    (order,) = deliver(agent)
    page = client.get(reverse("statement_print", args=[drawn(agent).pk]), {"lang": lang})
    assert page["Content-Language"] == ("fr" if lang == "xx" else lang)
    assert order.reference in page.content.decode()


def test_agent_opens_own_approved_statements_only_when_asking_for_paper(client, agent):
    other = make_user("agent")
    deliver(agent), deliver(other)
    mine, theirs = drawn(agent), approved(other)
    client.force_login(agent)
    for name, more in (("statement_print", []), ("statement_file", ["csv"])):
        assert client.get(reverse(name, args=[mine.pk, *more])).status_code == 404
        assert client.get(reverse(name, args=[theirs.pk, *more])).status_code == 404
    approve_statement(actor=SYSTEM, statement_id=mine.pk, expected_amount=mine.total_amount)
    for name, more in (("statement_print", []), ("statement_file", ["csv"])):
        assert client.get(reverse(name, args=[mine.pk, *more])).status_code == 200
    assert client.get(reverse("finance_statement", args=[mine.pk])).status_code == 403


def test_bonuses_are_computed_when_the_button_is_pressed(client, admin):
    month = month_of(today()).previous
    data = PlanData(name="P", delivered_amount=Decimal(0), tiers=[TierData(delivered_qty=1, fixed_amount=Decimal(50))])
    begin_plan(actor=SYSTEM, plan_id=save_plan(actor=SYSTEM, data=data).pk, valid_from_on=month.first)
    with time_is(day_start(month.last)):
        deliver(make_user("agent"))
    sent = {"month": month.first.isoformat()}
    assert client.post(reverse("finance_bonuses"), sent).status_code == 302
    assert CommissionEntry.objects.get().amount == 50
    assert client.get(reverse("finance_commissions")).status_code == 200
    assert client.post(reverse("finance_bonuses"), {"month": today().replace(day=1).isoformat()}).status_code == 422


@pytest.mark.parametrize("name", ["finance_statements", "finance_statement", "statement_print", "finance_commissions"])
def test_queries_stay_the_same_when_there_are_more_entries(client, admin, agent, name):
    def count(number):
        for each in [agent, *(make_user("agent") for _ in range(number))]:
            deliver(each, number)
            drawn(each)
        place = [drawn(agent).pk] if name in {"finance_statement", "statement_print"} else []
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name, args=place)).status_code == 200
        return len(queries)

    count(1)
    assert count(1) == count(4)
