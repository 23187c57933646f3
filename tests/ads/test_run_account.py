"""Readings of connected accounts: exact, never twice, restated, piece by piece, and told when they fail."""

from datetime import datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from django.urls import reverse
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.ads import tasks
from commanda.ads.connectors.meta import MetaConnector
from commanda.ads.failures import explain
from commanda.ads.jobs import queue_run
from commanda.ads.locks import AlreadyReading, only_run_of
from commanda.ads.models import AdAccount, AdSpend, Campaign, CampaignAlias, SpendRun
from commanda.ads.selectors import account_list, spends, unmapped
from commanda.ads.services import run_account as running
from commanda.ads.services.accounts import update_account
from commanda.ads.services.map_campaigns import map_campaigns
from commanda.ads.services.rates import set_rate
from commanda.ads.services.run_account import note_interrupted
from commanda.audit.models import Event
from commanda.kernel.clock import now, time_is, today
from commanda.kernel.errors import NotFound
from tests.ads.connected import connect, numbers, read, spent
from tests.factories import make_actor, make_user, make_variant
from tests.fakes.ads.state import TOKEN

pytestmark = pytest.mark.django_db


def ago(days):
    return today() - timedelta(days=days)


@pytest.fixture(params=["meta", "tiktok"])
def account(request):
    """(ours, theirs) on each platform."""
    return request.getfixturevalue(request.param)


def test_spend_comes_in_with_the_rate_of_its_day(account, buyer):
    ours, theirs = account
    theirs.campaigns["9"] = "Montre – Femmes"
    theirs.spend("9", ago(0), "12.34", impressions="3456", clicks="78")
    run = read(ours)
    assert (numbers(run), run.status, run.trigger) == ((1, 1, 0), "done", "poll")
    row = AdSpend.objects.get()
    assert (row.amount, row.currency, row.rate, row.mad_amount) == (Decimal("12.34"), "USD", 10, Decimal("123.40"))
    assert (row.buyer_id, row.product_id, row.campaign.name) == (buyer.user_id, None, "Montre – Femmes")
    assert (row.impressions_qty, row.clicks_qty) == (3456, 78)
    assert (ours.error_code, ours.read_until_on) == ("", today())
    assert ours.next_run_at > now()


def test_nothing_changes_when_the_same_days_are_read_again(account):
    ours, theirs = account
    theirs.spend("9", ago(0), "12.34")
    theirs.spend("8", ago(1), "0.00")
    assert numbers(read(ours)) == (2, 2, 0)
    assert numbers(read(ours)) == (2, 0, 0)
    assert AdSpend.objects.count() == 2


def test_restated_amount_keeps_the_rate_of_the_first_reading(account, buyer):
    ours, theirs = account
    theirs.spend("9", ago(1), "10.00")
    read(ours)
    set_rate(actor=buyer, currency="USD", valid_from_on=ago(5), rate=Decimal(12))
    theirs.spend("9", ago(1), "11.00")
    theirs.spend("9", ago(0), "1.00")
    assert numbers(read(ours)) == (2, 1, 1)
    assert spent() == {("9", 1): "110.00", ("9", 0): "10.00"}


def test_money_stays_when_the_platform_no_longer_tells_it(account):
    ours, theirs = account
    theirs.spend("9", ago(1), "10.00")
    read(ours)
    theirs.rows.clear()
    read(ours)
    assert spent() == {("9", 1): "100.00"}


def test_history_comes_in_pieces_when_an_early_first_day_is_chosen(account, buyer, world):
    ours, theirs = account
    for days in (0, 6, 7, 40, 99, 100):
        theirs.spend("9", ago(days), "1.00")
    update_account(actor=buyer, account_id=ours.pk, changes={"history_from_on": ago(99)})
    world.calls.clear()
    read(ours)
    assert sorted(days for _id, days in spent()) == [0, 6, 7, 40, 99]
    assert (ours.read_from_on, ours.read_until_on) == (ago(99), today())
    ranges = world.days_asked()
    longest = max((datetime.fromisoformat(last) - datetime.fromisoformat(first)).days + 1 for first, last in ranges)
    assert longest <= 31
    world.calls.clear()
    read(ours)
    assert world.days_asked() == [(ago(6).isoformat(), today().isoformat())]


def test_missed_days_are_read_when_an_account_rested(account):
    ours, theirs = account
    read(ours)
    for days in range(60):
        theirs.spend("9", today() + timedelta(days=days), "1.00")
    with time_is(now() + timedelta(days=59)):
        read(ours)
    assert AdSpend.objects.count() == 60


def test_reading_goes_on_where_it_was_killed(account, buyer, world, monkeypatch):
    ours, theirs = account
    for days in range(0, 90, 10):
        theirs.spend("9", ago(days), "1.00")
    update_account(actor=buyer, account_id=ours.pk, changes={"history_from_on": ago(89)})
    pieces = []

    def killed(*args, **kwargs):
        pieces.append(args)
        if len(pieces) == 3:
            raise KeyboardInterrupt
        return write(*args, **kwargs)

    write = running.write_days
    monkeypatch.setattr(running, "write_days", killed)
    with pytest.raises(KeyboardInterrupt):
        read(ours)
    monkeypatch.setattr(running, "write_days", write)
    assert 0 < AdSpend.objects.count() < 9
    assert SpendRun.objects.get().status == "running"
    assert note_interrupted() == 1
    assert SpendRun.objects.get().error_code == "interrupted"
    ours.refresh_from_db()
    read(ours)
    assert AdSpend.objects.count() == 9


def test_piece_is_written_whole_or_not_when_it_fails(account, monkeypatch):
    ours, theirs = account
    theirs.spend("9", ago(0), "1.00")

    def fail(*_args):
        raise ZeroDivisionError(f"token={TOKEN}")

    monkeypatch.setattr(running, "with_piece", fail)
    with pytest.raises(running.ReadingBroke):
        read(ours)
    ours.refresh_from_db()
    assert not AdSpend.objects.exists()
    assert not Campaign.objects.exists()
    assert (ours.error_code, SpendRun.objects.get().error_code) == ("internal", "internal")
    assert TOKEN not in str(ours.error_params)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "trouble",
    [
        lambda url: httpx.ConnectError(f"no way to {url}"),
        lambda url: httpx.InvalidURL(url),
        lambda url: RuntimeError(f"nobody foresaw {url}"),
    ],
)
def test_token_is_in_no_log_no_history_and_on_no_page_when_reading_fails(
    meta, buyer, client, monkeypatch, caplog, trouble
):
    """It travels in Meta's address: here every error repeats the address, and everything is logged that may be."""
    ours, _theirs = meta

    def fail(_self, _method, url, *, params, **_options):
        raise trouble(str(httpx.URL(url, params=params)))

    monkeypatch.setattr(httpx.Client, "stream", fail)
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app, caplog.at_level("DEBUG"):
        queue_run(ours.pk, buyer.user_id)
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
        jobs = str(app.connector.jobs)
    (run,) = SpendRun.objects.all()
    ours.refresh_from_db()
    assert (run.status, ours.error_code) == ("failed", run.error_code)
    client.force_login(ours.buyer)
    addresses = (reverse("ads_accounts"), reverse("ads_account", args=[ours.pk]))
    pages = "".join(client.get(address).content.decode() for address in addresses)
    rows = [*SpendRun.objects.values(), *AdAccount.objects.values(), *Event.objects.values()]
    for text in (caplog.text, str([vars(record) for record in caplog.records]), jobs, pages, str(rows)):
        assert text
        assert TOKEN not in text


def test_spend_is_the_present_buyers_when_the_account_changes_hands_meanwhile(meta, monkeypatch):
    ours, theirs = meta
    theirs.spend("9", ago(0), "1.00")
    other = make_user("buyer")
    days = MetaConnector.days

    def hand_over(self, *piece):
        AdAccount.objects.filter(pk=ours.pk).update(buyer=other)
        return days(self, *piece)

    monkeypatch.setattr(MetaConnector, "days", hand_over)
    read(ours)
    assert AdSpend.objects.get().buyer == other


def test_account_waits_as_long_as_it_is_told_when_too_much_was_asked(meta, world, buyer):
    ours, _theirs = meta
    usage = '{"1234567":[{"type":"ads_insights","estimated_time_to_regain_access":42}]}'
    world.fail_meta(80000, headers={"x-business-use-case-usage": usage}, times=9)
    assert read(ours) is None
    assert 41 * 60 < (ours.next_run_at - now()).total_seconds() <= 42 * 60
    health = account_list(buyer)[0]
    assert (health.state, ours.error_code) == ("waiting", "throttled")
    assert health.error
    world.faults.clear()
    read(ours)
    assert (ours.error_code, ours.failures_qty) == ("", 0)


def test_person_is_asked_when_the_token_has_expired(account, world, buyer):
    ours, _theirs = account
    world.token = "another"
    assert read(ours) is None
    health = account_list(buyer)[0]
    assert (health.state, ours.error_code, ours.next_run_at) == ("error", "token_expired", None)
    assert health.needs_token
    assert health.error == explain("token_expired", {})


def test_waits_grow_when_the_platform_stays_away(account, world):
    ours, _theirs = account
    world.fail(500, {}, times=999)
    waits = []
    for _try in range(9):
        read(ours)
        waits.append((ours.next_run_at - now()).total_seconds())
    assert 250 < waits[0] < 340
    assert waits[3] > waits[0] * 5
    assert waits[-1] < 7 * 3600


def test_rate_is_asked_for_when_the_currency_has_none(world, buyer):
    theirs = world.add_meta()
    ours = connect(buyer, "meta", theirs)
    theirs.spend("9", ago(0), "1.00")
    assert read(ours) is None
    assert ours.error_code == "no_rate"
    set_rate(actor=buyer, currency="USD", valid_from_on=today(), rate=Decimal(10))
    ours.refresh_from_db()
    assert ours.next_run_at <= now()
    read(ours)
    assert spent() == {("9", 0): "10.00"}


def test_rest_of_history_is_left_for_later_when_the_limit_is_near(meta, world, buyer):
    ours, theirs = meta
    theirs.spend("9", ago(80), "1.00")
    update_account(actor=buyer, account_id=ours.pk, changes={"history_from_on": ago(80)})
    world.usage = {"x-fb-ads-insights-throttle": '{"app_id_util_pct": 1, "acc_id_util_pct": 97}'}
    read(ours)
    assert not spent()
    assert account_list(buyer)[0].history_days > 60
    assert ours.next_run_at < now() + timedelta(minutes=11)
    world.usage = {}
    read(ours)
    assert spent() == {("9", 80): "10.00"}


def test_renamed_campaign_is_one_campaign_and_known_by_both_names(account):
    ours, theirs = account
    theirs.campaigns["9"] = "Sandale Été"
    theirs.spend("9", ago(1), "1.00")
    read(ours)
    theirs.campaigns["9"] = "Sandale – Hiver"
    theirs.spend("9", ago(0), "1.00")
    read(ours)
    campaign = Campaign.objects.get()
    assert campaign.name == "Sandale – Hiver"
    slug = ours.platform.slug
    texts = CampaignAlias.objects.filter(platform=slug, campaign=campaign).values_list("text", flat=True)
    assert set(texts) == {"9", "sandale été", "sandale – hiver"}


def test_orders_of_instagram_find_campaigns_of_the_same_account(meta):
    ours, theirs = meta
    theirs.spend("9", ago(0), "1.00")
    read(ours)
    assert set(CampaignAlias.objects.filter(text="9").values_list("platform", flat=True)) == {"facebook", "instagram"}


def test_name_means_the_campaign_that_spent_last_under_it(account):
    ours, theirs = account
    theirs.campaigns |= {"1": "Test", "2": "test "}
    theirs.spend("1", ago(2), "1.00")
    theirs.spend("2", ago(0), "1.00")
    read(ours)
    alias = CampaignAlias.objects.get(text="test", platform=ours.platform.slug)
    assert alias.campaign.external_id == "2"


def test_spend_without_a_product_counts_and_follows_when_it_is_mapped(account, buyer):
    ours, theirs = account
    theirs.spend("9", ago(0), "5.00")
    theirs.spend("9", ago(1), "6.00")
    read(ours)
    found = unmapped(buyer, ago(7), today())
    assert (found.campaign_qty, found.mad_amount) == (1, Decimal("110.00"))
    assert sum(row.mad_amount for row in spends(buyer, first=ago(7), last=today())) == 110
    product = make_variant().product_id
    map_campaigns(actor=buyer, campaign_ids=[Campaign.objects.get().pk], product_id=product)
    assert set(AdSpend.objects.values_list("product_id", flat=True)) == {product}
    theirs.spend("9", ago(0), "7.00")
    read(ours)
    assert unmapped(buyer, ago(7), today()).campaign_qty == 0


def test_second_run_steps_back_when_an_account_is_being_read(account, django_db_blocker):
    ours, _theirs = account
    with only_run_of(ours.pk):
        # The same session may take the lock again; another may not.
        assert running.accounts_being_read() == {ours.pk}
    assert running.accounts_being_read() == set()
    assert AlreadyReading.is_retryable


def test_others_accounts_are_not_read_when_their_ids_are_guessed(account):
    ours, _theirs = account
    with pytest.raises(NotFound):
        running.run_account(actor=make_actor("buyer"), account_id=ours.pk, is_forced=True)


@pytest.mark.django_db(transaction=True)
def test_due_accounts_are_read_by_the_worker(meta):
    ours, theirs = meta
    theirs.spend("9", ago(0), "1.00")
    connector = testing.InMemoryConnector()
    with procrastinate_app.current_app.replace_connector(connector) as app:
        tasks.read_due_accounts(timestamp=0)
        tasks.read_due_accounts(timestamp=0)
        assert len(connector.jobs) == 1  # one job per account, however often the minute strikes
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert spent() == {("9", 0): "10.00"}
    ours.refresh_from_db()
    assert ours.next_run_at > now()
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        tasks.read_due_accounts(timestamp=0)
        assert not app.connector.jobs
