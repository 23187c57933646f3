"""Ad accounts of the invented shop: one that works, one by file, one whose token has expired; campaigns mapped and not.

Nobody is called: what the platforms would have told is written the way a reading writes it.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from commanda.ads.connectors.base import CampaignDay, ConnectionProblem
from commanda.ads.models import AdAccount, Platform, SpendRun
from commanda.ads.rates import load_rates
from commanda.ads.services.accounts import AccountData, add_account
from commanda.ads.services.connect import seal_token
from commanda.ads.services.health import note_failure, note_success
from commanda.ads.services.map_campaigns import map_campaigns
from commanda.ads.services.rates import set_rate
from commanda.ads.services.rules import add_rule
from commanda.ads.services.targets import set_target
from commanda.ads.services.write_spend import write_days
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import day_start, now, time_is
from commanda.kernel.transaction import unit_of_work
from demo.campaigns import CAMPAIGNS, DemoCampaign
from demo.setup import Shop

DAYS = 21
# account's name, connector, platform, number, currency, buyer
ACCOUNTS = [
    ("Souk Atlas – Meta", "meta", "facebook", "2304567891", "USD", 0),
    ("Souk Atlas – TikTok", "tiktok", "tiktok", "7301234567890", "EUR", 1),
    ("Google Ads", "file", "google", "", "MAD", 0),
]
RULES = [("montre", "MONTRE"), ("sérum", "SERUM"), ("sandale", "SANDALE"), ("lampe", "LAMPE")]
TARGETS = [("MONTRE", 24, 62), ("SERUM", 19, 48), ("SANDALE", 21, 55)]


def set_up_ads(shop: Shop, today: date, chance: Random) -> None:
    """Rates, targets, rules, accounts, and three weeks of spend by campaign."""
    start = today - timedelta(days=DAYS)
    with time_is(day_start(start) + timedelta(hours=9)):
        for currency, rate in (("USD", "9.24"), ("EUR", "10.71")):
            set_rate(actor=shop.buyers[0], currency=currency, valid_from_on=start, rate=Decimal(rate))
        for slug, lead, delivered in TARGETS:
            for kind, amount in (("lead", lead), ("delivered", delivered)):
                set_target(actor=shop.admin, product_id=shop.products[slug].pk, kind=kind, amount=Decimal(amount))
        for text, slug in RULES:
            if slug in shop.products:
                product_id = shop.products[slug].pk
                add_rule(actor=shop.admin, kind="contains", text=text, product_id=product_id, for_shop=True)
        accounts = [_account(shop, *told) for told in ACCOUNTS]
    set_rate(actor=shop.buyers[0], currency="USD", valid_from_on=today - timedelta(days=7), rate=Decimal("9.31"))
    for at, account in enumerate(accounts):
        _spend(account, [each for each in CAMPAIGNS if each.account == at], today, chance)
    tiktok = accounts[1]
    test = tiktok.campaigns.get(external_id="1790003")
    map_campaigns(actor=shop.buyers[1], campaign_ids=[test.pk], product_id=None)
    note_success(accounts[0], is_complete=True)
    _rest(accounts[0])
    note_failure(tiktok, ConnectionProblem("token_expired"))


def _account(shop: Shop, name: str, connector: str, slug: str, number: str, currency: str, buyer: int) -> AdAccount:
    """Added as by file, since no platform answers here; then it looks like what it stands for."""
    data = AccountData(
        connector="file",
        name=name,
        external_id=number,
        platform_id=Platform.objects.get(slug=slug).pk,
        currency=currency,
    )
    account = add_account(actor=shop.buyers[buyer % len(shop.buyers)], data=data)
    if connector != account.connector:
        account.connector, account.secret = connector, seal_token("demo")
        account.time_zone = "Africa/Casablanca"
        account.save(update_fields=["connector", "secret", "time_zone"])
    return account


def _spend(account: AdAccount, campaigns: list[DemoCampaign], today: date, chance: Random) -> None:
    days = [today - timedelta(days=back) for back in range(DAYS)]
    rows = []
    for each in campaigns:
        for day in days:
            amount = Decimal(round(each.spend * chance.uniform(0.55, 1.45))) / 100
            views = int(amount * 320)
            rows.append(CampaignDay(each.number, each.name, day, amount, views, views // 65))
    account.refresh_from_db()
    with unit_of_work():
        written = write_days(
            actor=system_actor("demo"), account=account, rows=rows, rates=load_rates({account.currency})
        )
    account.read_from_on = account.history_from_on = days[-1]
    account.read_until_on = days[0]
    account.save(update_fields=["read_from_on", "read_until_on", "history_from_on"])
    SpendRun.objects.create(
        account=account,
        trigger="poll" if account.is_connected else "file",
        status="done",
        started_at=now() - timedelta(hours=1),
        finished_at=now() - timedelta(minutes=59),
        first_on=days[-1],
        last_on=days[0],
        read_qty=written.read_qty,
        new_qty=written.new_qty,
    )


def _rest(account: AdAccount) -> None:
    """No platform is to be called from a demo."""
    account.next_run_at = None
    account.save(update_fields=["next_run_at"])
