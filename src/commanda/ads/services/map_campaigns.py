"""Say which product campaigns sell; all of their spend, the past one as well, goes with them."""

from collections.abc import Collection, Sequence

from django.db import connection
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.campaign_rules import RuleBook, load_rules
from commanda.ads.locks import lock_campaigns, lock_rules
from commanda.ads.models import Campaign
from commanda.audit.services import record_many
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work

FOLLOW = """
UPDATE ads_adspend AS spend SET product_id = told.product_id
FROM unnest(%s::bigint[], %s::bigint[]) AS told (campaign_id, product_id)
WHERE spend.campaign_id = told.campaign_id AND spend.product_id IS DISTINCT FROM told.product_id
"""


def map_campaigns(
    *, actor: Actor, campaign_ids: Collection[int], product_id: int | None = None, by_rules: bool = False
) -> int:
    """Give campaigns to a product by hand (None: to none, on purpose), or let them follow the rules again.

    Returns how many changed. Locks the rules, then the campaigns. Raises `NotFound` when one of them is not the
    actor's to see, `Invalid` for an unknown product or no campaign.
    """
    actor.require(Perm.ADS_ENTER)
    wanted = set(campaign_ids)
    if not wanted:
        raise Invalid(_("Choose campaigns first."), field="campaigns", code="no_campaigns")
    if product_id is not None and not Product.objects.visible_to(actor).filter(pk=product_id).exists():
        raise Invalid(_("This product does not exist."), field="product", code="unknown_product")
    with unit_of_work():
        lock_rules()
        campaigns = lock_campaigns(actor, wanted)
        if len(campaigns) < len(wanted):
            raise NotFound
        if by_rules:
            return remap(actor, campaigns, load_rules())
        for campaign in campaigns:
            campaign.mapped_by, campaign.rule = Campaign.MappedBy.HAND, None
        return _write(actor, campaigns, {campaign.pk: product_id for campaign in campaigns})


def remap(actor: Actor, campaigns: Sequence[Campaign], book: RuleBook) -> int:
    """Map locked campaigns (with their accounts) by the rules; returns how many changed their product."""
    products: dict[int, int | None] = {}
    for campaign in campaigns:
        products[campaign.pk] = put_by_rules(campaign, book)
    return _write(actor, campaigns, products)


def put_by_rules(campaign: Campaign, book: RuleBook) -> int | None:
    """Set rule and kind of mapping on an unsaved campaign; gives the product."""
    account = campaign.account
    rule = book.match(campaign.name, buyer_id=account.buyer_id, platform_id=account.platform_id)
    campaign.rule = rule
    campaign.mapped_by = Campaign.MappedBy.RULE if rule else Campaign.MappedBy.NOBODY
    return rule.product_id if rule else None


def _write(actor: Actor, campaigns: Sequence[Campaign], products: dict[int, int | None]) -> int:
    moved = [(campaign.pk, campaign.product_id, products[campaign.pk]) for campaign in campaigns]
    for campaign in campaigns:
        campaign.product_id = products[campaign.pk]
    Campaign.objects.bulk_update(campaigns, ["product", "mapped_by", "rule"], batch_size=1000)
    changed = [(pk, old, new) for pk, old, new in moved if old != new]
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(FOLLOW, [[pk for pk, _old, _new in changed], [new for _pk, _old, new in changed]])
        record_many(
            actor=actor,
            name="ads.campaign_mapped",
            subject="ads.campaign",
            entries=[(pk, {"product": [old, new]}) for pk, old, new in changed],
        )
    return len(changed)
