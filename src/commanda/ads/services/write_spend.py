"""Write down what was read of an account: its campaigns, how orders may name them, what they spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection

from commanda.ads.campaign_rules import load_rules
from commanda.ads.connectors.base import CampaignDay, ConnectionProblem
from commanda.ads.known_sources import SHARED_ACCOUNTS
from commanda.ads.locks import lock_campaigns_of, lock_rules
from commanda.ads.models import AdAccount, Campaign
from commanda.ads.rates import RateTable
from commanda.ads.services.map_campaigns import put_by_rules, remap
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.money import quantize

# The rate stays that of the first reading: a restated amount is worth what its day was worth.
UPSERT: Final = """
INSERT INTO ads_adspend (account_id, platform_id, buyer_id, currency, updated_at, campaign_id, product_id, level_id,
    spent_on, amount, rate, mad_amount, impressions_qty, clicks_qty)
SELECT %s, %s, %s, %s, %s, told.*
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::numeric[], %s::numeric[], %s::numeric[],
    %s::bigint[], %s::bigint[]) AS told
ON CONFLICT (account_id, level_id, spent_on) WHERE account_id IS NOT NULL DO UPDATE SET
    amount = excluded.amount, mad_amount = round(excluded.amount * ads_adspend.rate, 2),
    impressions_qty = coalesce(excluded.impressions_qty, ads_adspend.impressions_qty),
    clicks_qty = coalesce(excluded.clicks_qty, ads_adspend.clicks_qty), updated_at = excluded.updated_at
WHERE ads_adspend.amount <> excluded.amount
    OR ads_adspend.impressions_qty IS DISTINCT FROM coalesce(excluded.impressions_qty, ads_adspend.impressions_qty)
    OR ads_adspend.clicks_qty IS DISTINCT FROM coalesce(excluded.clicks_qty, ads_adspend.clicks_qty)
RETURNING xmax = 0
"""

# One text of a platform means one campaign: the one that spent last under it.
ALIASES: Final = """
INSERT INTO ads_campaignalias (platform, text, campaign_id, seen_on)
SELECT DISTINCT ON (slug.platform, key.text) slug.platform, key.text, told.campaign_id, told.seen_on
FROM unnest(%s::bigint[], %s::text[], %s::date[]) AS told (campaign_id, text, seen_on)
CROSS JOIN unnest(%s::text[]) AS slug (platform)
CROSS JOIN LATERAL (SELECT lower(btrim(left(told.text, 100)))) AS key (text)
WHERE key.text <> ''
ORDER BY slug.platform, key.text, told.seen_on DESC, told.campaign_id DESC
ON CONFLICT (platform, text) DO UPDATE SET campaign_id = excluded.campaign_id, seen_on = excluded.seen_on
WHERE ads_campaignalias.seen_on < excluded.seen_on
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of the rows of a piece; the rest was known already."""

    read_qty: int
    new_qty: int
    changed_qty: int


def write_days(*, actor: Actor, account: AdAccount, rows: Sequence[CampaignDay], rates: RateTable) -> Written:
    """Write what an account spent; the same rows again change nothing, restated ones replace their amounts.

    To be called in the caller's transaction, with each campaign at most once per day. Campaigns are made or renamed,
    and mapped by the rules unless a person mapped them; spend follows its campaign's product. Rows that the platform
    no longer tells stay: the money was spent. Locks the rules, then the account's campaigns. Raises
    `ConnectionProblem` `no_rate` for a currency without any rate.
    """
    if not rows:
        return Written(0, 0, 0)
    lock_rules()
    campaigns = _campaigns(actor, account, rows)
    _note_aliases(account, campaigns, rows)
    flags = _upsert(account, campaigns, rows, rates)
    return Written(len(rows), flags.count(True), flags.count(False))


def _campaigns(actor: Actor, account: AdAccount, rows: Sequence[CampaignDay]) -> dict[str, Campaign]:
    """The campaigns of the rows by their number, as they are called now."""
    newest: dict[str, CampaignDay] = {}
    for row in rows:
        if row.campaign_id not in newest or newest[row.campaign_id].spent_on <= row.spent_on:
            newest[row.campaign_id] = row
    book = load_rules()
    known = {campaign.external_id: campaign for campaign in lock_campaigns_of(account.pk)}
    made, renamed = [], []
    for number, row in newest.items():
        campaign = known.get(number)
        if campaign is None:
            campaign = Campaign(account=account, external_id=number, name=row.campaign_name)
            campaign.product_id = put_by_rules(campaign, book)
            campaign.last_spent_on = row.spent_on
            made.append(campaign)
            continue
        campaign.account = account
        # An older piece of history does not bring an old name back.
        is_newer = campaign.last_spent_on is None or row.spent_on >= campaign.last_spent_on
        if is_newer and campaign.name != row.campaign_name:
            campaign.name = row.campaign_name
            if campaign.mapped_by != Campaign.MappedBy.HAND:
                renamed.append(campaign)
        if is_newer:
            campaign.last_spent_on = row.spent_on
    Campaign.objects.bulk_create(made)
    seen = [known[number] for number in newest if number in known]
    Campaign.objects.bulk_update(seen, ["name", "last_spent_on"], batch_size=1000)
    if renamed:
        remap(actor, renamed, book)
    return known | {campaign.external_id: campaign for campaign in made}


def _note_aliases(account: AdAccount, campaigns: dict[str, Campaign], rows: Sequence[CampaignDay]) -> None:
    """Remember numbers and names under which orders may come, those of the past as well."""
    last: dict[tuple[int, str], CampaignDay] = {}
    for row in rows:
        pk = campaigns[row.campaign_id].pk
        for text in {row.campaign_id, row.campaign_name}:
            if (pk, text) not in last or last[pk, text].spent_on < row.spent_on:
                last[pk, text] = row
    told = [(pk, text, row.spent_on) for (pk, text), row in last.items()]
    slug = account.platform.slug
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*told, strict=True)]
        cursor.execute(ALIASES, [*columns, list(SHARED_ACCOUNTS.get(slug, (slug,)))])


def _upsert(
    account: AdAccount, campaigns: dict[str, Campaign], rows: Sequence[CampaignDay], rates: RateTable
) -> list[bool]:
    values = []
    for row in rows:
        rate = rates.rate_on(account.currency, row.spent_on)
        if rate is None:
            raise ConnectionProblem("no_rate", currency=account.currency)
        campaign = campaigns[row.campaign_id]
        values.append(
            (
                campaign.pk,
                campaign.product_id,
                row.campaign_id,
                row.spent_on,
                row.amount,
                rate,
                quantize(row.amount * rate),
                row.impressions_qty,
                row.clicks_qty,
            )
        )
    columns = [list(column) for column in zip(*values, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [account.pk, account.platform_id, account.buyer_id, account.currency, now(), *columns])
        return [is_new for (is_new,) in cursor.fetchall()]
