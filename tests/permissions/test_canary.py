"""Cost, profit and other people's money reach nobody but those who may see them.

Two proofs. The canary: absurd amounts are set, and no way of writing one of them stands in any answer to the wrong
role, while each stands in some answer to the administrator. Non-interference: the whole application is read twice,
with two different sets of amounts and everything else equal, and every answer to the wrong role is the same to the
letter: nothing computed from the amounts (profit, margin, break-even, a sorting, a colour) shows either.
"""

from decimal import Decimal

import pytest
from django.core import mail
from django.db import transaction

from commanda.kernel.clock import now, time_is
from commanda.reports.catalogue import REPORTS
from commanda.reports.models import ReportSchedule, ReportSending
from commanda.reports.services.send import send
from tests.permissions.addresses import addresses, ask
from tests.permissions.reading import file_text, spellings, text_of
from tests.permissions.shop import Money, build_shop
from tests.permissions.table import rows

CANARY = Money(
    cost=Decimal("98765.43"),
    fee=Decimal("8765.41"),
    expense=Decimal("76543.21"),
    commission=Decimal("6543.19"),
    spend=Decimal("54321.09"),
)
LITTLE = Money(
    cost=Decimal("20.00"),
    fee=Decimal("1.00"),
    expense=Decimal("3.00"),
    commission=Decimal("2.00"),
    spend=Decimal("4.00"),
)
AMOUNTS = {name: spellings(int(getattr(CANARY, name))) for name in ("cost", "fee", "expense", "commission", "spend")}
OTHERS = ("supervisor", "agent", "buyer")
# More ways to ask for a page: filters, sortings and formats that might give something away.
QUERIES = {
    "orders": ["?stage=delivered", "?q=rug", "?sort=profit", "?sort=-cost", "?order=cost"],
    "stock": ["?sort=cost", "?order=-cost", "?sort=value"],
    "products": ["?sort=cost", "?sort=margin", "?q=rug"],
    "api:list_orders": ["?stage=delivered"],
    "report": ["?sort=-profit&by=platform", "?sort=cogs&compare=year&basis=event"],
    "report_rows": ["?kpi=profit", "?kpi=cogs", "?kpi=ad_spend", "?kpi=commission", "?kpi=revenue&basis=event"],
}


@pytest.fixture
def shop(db):
    return build_shop()


def read_everything(shop, role):
    """(address and query) → text, for every page and file the role may see."""
    by_name = {address.name: address for address in addresses()}
    read = {}
    for (name, method), words in rows().items():
        if method != "GET" or words[role] != "200":
            continue
        for query in ["", *QUERIES.get(name, [])]:
            read[name + query] = text_of(ask(shop, role, by_name[name], method, query=query))
        if "kind" in by_name[name].parameters:
            read[f"{name} xlsx"] = text_of(ask(shop, role, by_name[name], method, kind="xlsx"))
    return read


def try_every_write(shop, role):
    """(address) → text of what an empty form or a right API body gets; nothing is kept."""
    by_name = {address.name: address for address in addresses()}
    for (name, method), words in rows().items():
        if method != "GET" and words[role] == "ok":
            with transaction.atomic():
                yield name, text_of(ask(shop, role, by_name[name], method))
                transaction.set_rollback(True)


def leaks(texts):
    return sorted((where, name) for where, text in texts for name, pattern in AMOUNTS.items() if pattern.search(text))


@pytest.mark.parametrize("role", OTHERS)
def test_no_amount_is_told_to(shop, role, caplog):
    CANARY.pour_into(shop)
    assert leaks(read_everything(shop, role).items()) == []
    assert leaks(try_every_write(shop, role)) == []
    assert leaks([("log", caplog.text)]) == []


def test_every_amount_is_told_to_the_administrator(shop):
    """The canary sings: where it may be heard, it is."""
    CANARY.pour_into(shop)
    assert {name for _where, name in leaks(read_everything(shop, "admin").items())} == set(AMOUNTS)


@pytest.mark.parametrize("role", OTHERS)
def test_answers_are_the_same_whatever_things_cost(shop, role):
    moment = now()

    def read_with(money):
        with transaction.atomic(), time_is(moment):
            money.pour_into(shop)
            texts = read_everything(shop, role)
            transaction.set_rollback(True)
        return texts

    costly, cheap = read_with(CANARY), read_with(LITTLE)
    # Metrics count the very readings.
    assert [where for where in costly if costly[where] != cheap[where] and where != "metrics"] == []


def test_some_answer_differs_for_the_administrator(shop):
    """The comparison above can fail: the same two readings differ for who may see."""
    moment = now()
    texts = []
    for money in (CANARY, LITTLE):
        with transaction.atomic(), time_is(moment):
            money.pour_into(shop)
            texts.append(read_everything(shop, "admin"))
            transaction.set_rollback(True)
    assert texts[0] != texts[1]


def mailed_to(shop, role):
    """What every report there is says when it is mailed to somebody of a role; text, HTML and file."""
    person = shop.people[role]
    told = {}
    for report in REPORTS:
        schedule = ReportSchedule.objects.create(
            report_slug=report.slug,
            query={"period": "30d", "basis": "event"},
            weekday=0,
            owner=shop.people["admin"],
            next_at=now(),
            created_at=now(),
        )
        sending = ReportSending.objects.create(schedule=schedule, user=person, due_at=now(), next_at=now())
        mail.outbox.clear()
        if send(sending_id=sending.pk) == "sent":
            (message,) = mail.outbox
            (_name, file, _kind) = message.attachments[0]
            told[report.slug] = "\n".join([message.subject, message.body, message.alternatives[0][0], file_text(file)])
    return told


@pytest.mark.parametrize("role", OTHERS)
def test_no_amount_is_mailed_to(shop, role):
    CANARY.pour_into(shop)
    told = mailed_to(shop, role)
    assert told
    assert leaks(told.items()) == []


def mailed_with(shop, role, money, moment):
    with transaction.atomic(), time_is(moment):
        money.pour_into(shop)
        told = mailed_to(shop, role)
        transaction.set_rollback(True)
    return told


@pytest.mark.parametrize("role", OTHERS)
def test_mails_are_the_same_whatever_things_cost(shop, role):
    moment = now()
    costly, cheap = (mailed_with(shop, role, money, moment) for money in (CANARY, LITTLE))
    assert [report for report in costly if costly[report] != cheap[report]] == []


def test_mails_tell_the_administrator_what_things_cost(shop):
    """The two tests above can fail."""
    moment = now()
    costly, cheap = (mailed_with(shop, "admin", money, moment) for money in (CANARY, LITTLE))
    different = {report for report in costly if costly[report] != cheap[report]}
    assert different >= {"global", "money-map", "products", "carriers", "agents"}
    assert leaks(costly.items())


def test_spellings_of_an_amount_are_known():
    for text in ("98765.43", "98 765,43", "98,765.43", "98.765,43", "98\u202f765", "x98765x", "-98\u00a0765,43 DH"):
        assert AMOUNTS["cost"].search(text), text
    for text in ("198765", "987650", "98,76", "98 7650"):
        assert not AMOUNTS["cost"].search(text), text
