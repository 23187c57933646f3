"""Two readings of an account at the same moment; a campaign that is mapped while its spend comes in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Event

import pytest
from django.db import connections

from commanda.ads.connectors import caller
from commanda.ads.connectors.base import CampaignDay
from commanda.ads.locks import AlreadyReading, lock_account
from commanda.ads.models import AdAccount, AdSpend, Campaign, Platform, SpendRun
from commanda.ads.rates import load_rates
from commanda.ads.services import import_sheet as sheets
from commanda.ads.services import run_account as running
from commanda.ads.services import write_spend as writing
from commanda.ads.services.accounts import AccountData, add_account
from commanda.ads.services.map_campaigns import map_campaigns
from commanda.ads.services.rates import set_rate
from commanda.ads.services.run_account import run_account
from commanda.ads.spend_sheet import SheetLine
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import Busy
from commanda.kernel.transaction import unit_of_work
from tests.factories import make_actor, make_variant
from tests.fakes.ads import AdWorld, Fault
from tests.fakes.ads import running as fake_running
from tests.fakes.ads.state import TOKEN

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("import")


@pytest.fixture
def world(settings, monkeypatch):
    monkeypatch.setattr(caller, "_FIRST_WAIT", 0.001)
    with fake_running(AdWorld()) as found:
        settings.META_API_BASE = found.base
        yield found


@pytest.fixture
def account(world):
    buyer = make_actor("buyer")
    set_rate(actor=buyer, currency="USD", valid_from_on=today(), rate=Decimal(10))
    theirs = world.add_meta()
    for days in range(5):
        theirs.spend("9", today() - timedelta(days=days), "1.00")
    return add_account(actor=buyer, data=AccountData("meta", "Compte", "1234567", TOKEN))


def in_thread(pool, act):
    def run():
        try:
            return act()
        except AlreadyReading as error:
            return error
        finally:
            connections.close_all()

    return pool.submit(run)


def read(account):
    return run_account(actor=SYSTEM, account_id=account.pk, is_forced=True)


def test_account_is_read_once_when_two_workers_come_at_the_same_moment(world, account):
    is_asked, may_answer = Event(), Event()

    def hold():
        is_asked.set()
        may_answer.wait(timeout=20)

    world.faults.append(Fault(path="/insights", meanwhile=hold, delay=0))
    with ThreadPoolExecutor(2) as pool:
        first = in_thread(pool, lambda: read(account))
        assert is_asked.wait(timeout=20)
        second = in_thread(pool, lambda: read(account)).result(timeout=20)
        may_answer.set()
        done = first.result(timeout=20)
    assert isinstance(second, AlreadyReading)
    assert done.status == "done"
    assert SpendRun.objects.count() == 1
    assert AdSpend.objects.count() == 5


def test_spend_is_never_doubled_when_the_lock_of_runs_is_off(world, account, monkeypatch):
    """The database has the last word: even two runs side by side write each day once."""
    from contextlib import nullcontext

    monkeypatch.setattr(running, "only_run_of", lambda _account_id: nullcontext())
    with ThreadPoolExecutor(2) as pool:
        runs = [in_thread(pool, lambda: read(account)) for _ in range(2)]
        assert {run.result(timeout=30).status for run in runs} == {"done"}
    assert SpendRun.objects.count() == 2
    assert AdSpend.objects.count() == 5
    assert sum(row.mad_amount for row in AdSpend.objects.all()) == 50


@pytest.fixture
def campaign():
    """A campaign of an account by file, one day old, without a product."""
    platform = Platform.objects.get(slug="google")
    data = AccountData("file", name="Fichier", platform_id=platform.pk, currency="MAD")
    made = add_account(actor=make_actor("buyer"), data=data)
    take_in(made, 1)
    return Campaign.objects.get()


def take_in(account, days_ago):
    row = CampaignDay("9", "Montre", today() - timedelta(days=days_ago), Decimal(1))
    with unit_of_work():
        found = AdAccount.objects.select_related("platform").get(pk=account.pk)
        writing.write_days(actor=SYSTEM, account=found, rows=[row], rates=load_rates({"MAD"}))


def map_while_spend_comes_in(campaign, monkeypatch):
    """The campaign is mapped after the import looked at it and before it wrote; the products of its spend."""
    product_id = make_variant().product_id
    has_looked, is_mapped = Event(), Event()
    upsert = writing._upsert

    def late(*args):
        has_looked.set()
        is_mapped.wait(timeout=2)
        return upsert(*args)

    def map_it():
        assert has_looked.wait(timeout=20)
        map_campaigns(actor=make_actor("admin"), campaign_ids=[campaign.pk], product_id=product_id)
        is_mapped.set()

    monkeypatch.setattr(writing, "_upsert", late)
    with ThreadPoolExecutor(2) as pool:
        acts = [in_thread(pool, lambda: take_in(campaign.account, 0)), in_thread(pool, map_it)]
        for act in acts:
            act.result(timeout=30)
    return set(AdSpend.objects.values_list("product_id", flat=True)), {product_id}


def test_spend_stays_behind_when_a_campaign_is_mapped_without_the_locks(campaign, monkeypatch):
    """The race is real: who read the campaign before it was mapped writes spend without a product."""
    monkeypatch.setattr(writing, "lock_rules", lambda: None)
    monkeypatch.setattr(
        writing, "lock_campaigns_of", lambda account_id: list(Campaign.objects.filter(account_id=account_id))
    )
    # Writing the last day down locks the row as well.
    write = Campaign.objects.bulk_update
    monkeypatch.setattr(
        Campaign.objects,
        "bulk_update",
        lambda rows, names, **options: 0 if "last_spent_on" in names else write(rows, names, **options),
    )
    found, wanted = map_while_spend_comes_in(campaign, monkeypatch)
    assert found != wanted


def test_all_spend_follows_when_a_campaign_is_mapped_meanwhile(campaign, monkeypatch):
    found, wanted = map_while_spend_comes_in(campaign, monkeypatch)
    assert found == wanted


@pytest.fixture
def two():
    """Two accounts by file of one buyer, in the order of their ids."""
    platform, buyer = Platform.objects.get(slug="google"), make_actor("buyer")
    data = [AccountData("file", name=name, platform_id=platform.pk, currency="MAD") for name in ("Un", "Deux")]
    return buyer, [add_account(actor=buyer, data=each) for each in data]


def read_while_a_sheet_comes_in(two, monkeypatch):
    """A sheet has written the first account's figures; a reading holds the second one. What came of both."""
    buyer, (first, second) = two
    has_written, has_account = Event(), Event()
    into = sheets._into_account

    def one_by_one(actor, account, lines):
        written = into(actor, account, lines)
        has_written.set()
        has_account.wait(timeout=1)
        return written

    def read_second():
        assert has_written.wait(timeout=20)
        with unit_of_work():
            lock_account(buyer, second.pk)
            has_account.set()
            writing.write_days(
                actor=SYSTEM,
                account=second,
                rows=[CampaignDay("9", "Montre", today(), Decimal(1))],
                rates=load_rates({"MAD"}),
            )

    monkeypatch.setattr(sheets, "_into_account", one_by_one)
    lines = [
        SheetLine(1, today(), first.platform_id, each.pk, "Montre", "7", amount=Decimal(2)) for each in (first, second)
    ]
    with ThreadPoolExecutor(2) as pool:
        acts = [in_thread(pool, lambda: sheets.import_lines(actor=buyer, lines=lines)), in_thread(pool, read_second)]
        return [act.exception(timeout=30) for act in acts]


def test_sheet_and_reading_stand_in_each_others_way_when_accounts_are_locked_one_by_one(two, monkeypatch):
    """The race is real: the sheet holds the rules and wants the account, the reading has it and wants the rules."""
    monkeypatch.setattr(sheets, "lock_account", lambda _actor, pk: AdAccount.objects.get(pk=pk))
    into = sheets._into_account
    monkeypatch.setattr(
        sheets, "_into_account", lambda actor, account, lines: into(actor, lock_account(actor, account.pk), lines)
    )
    assert [type(error) for error in read_while_a_sheet_comes_in(two, monkeypatch) if error] == [Busy]


def test_sheet_and_reading_are_both_written_when_they_meet(two, monkeypatch):
    assert read_while_a_sheet_comes_in(two, monkeypatch) == [None, None]
    assert AdSpend.objects.count() == 3
