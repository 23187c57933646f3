"""Reads of ads: spend, accounts, campaigns, rates, targets."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, DecimalField, Max, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.ads.account_health import AccountHealth
from commanda.ads.models import (
    AdAccount,
    AdSpend,
    Campaign,
    CampaignRule,
    ExchangeRate,
    Platform,
    SpendRun,
    SpendTarget,
)
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import NotFound


def platforms() -> QuerySet[Platform]:
    """Platforms in use, by name."""
    return Platform.objects.filter(is_active=True)


def spends(actor: Actor, *, first: date, last: date, buyer_id: int | None = None) -> QuerySet[AdSpend]:
    """What the actor may see of the days `first` to `last`, the newest first, with product, platform and buyer."""
    rows = AdSpend.objects.visible_to(actor).filter(spent_on__range=(first, last))
    if buyer_id is not None:
        rows = rows.filter(buyer_id=buyer_id)
    return rows.select_related("product", "platform", "buyer").order_by("-spent_on", "product__name", "pk")


def sums_by_day(
    actor: Actor, *, first: date, last: date, buyer_id: int | None = None
) -> dict[date, dict[int, Decimal]]:
    """MAD per platform id of the days `first` to `last` on which something was spent, the newest first."""
    rows = spends(actor, first=first, last=last, buyer_id=buyer_id).order_by("-spent_on")
    found: dict[date, dict[int, Decimal]] = {}
    for day, platform_id, total in rows.values_list("spent_on", "platform_id").annotate(total=Sum("mad_amount")):
        found.setdefault(day, {})[platform_id] = total
    return found


def day_spends(actor: Actor, *, spent_on: date, buyer_id: int) -> dict[tuple[int, int], AdSpend]:
    """What one buyer entered by hand for one day, by (product id, platform id); empty when the actor may not see it."""
    rows = AdSpend.objects.visible_to(actor).filter(spent_on=spent_on, buyer_id=buyer_id, account=None)
    return {(row.product_id or 0, row.platform_id): row for row in rows}


def imported_of_day(actor: Actor, *, spent_on: date, buyer_id: int) -> dict[tuple[int | None, int], Decimal]:
    """MAD that came from accounts of one buyer on one day, by (product id or None, platform id)."""
    rows = AdSpend.objects.visible_to(actor).filter(spent_on=spent_on, buyer_id=buyer_id, account__isnull=False)
    sums = rows.order_by().values_list("product_id", "platform_id").annotate(total=Sum("mad_amount"))
    return {(product_id, platform_id): total for product_id, platform_id, total in sums}


def buyers(actor: Actor) -> QuerySet[User]:
    """Active people who run ads: all for those who see all ads, otherwise the actor alone."""
    rows = User.objects.active().with_permission(Perm.ADS_ENTER).order_by("name")
    return rows if actor.can(Perm.ADS_VIEW_ALL) else rows.filter(pk=actor.user_id or 0)


def accounts(actor: Actor) -> QuerySet[AdAccount]:
    """Accounts that the actor may see, by name, with platform and buyer."""
    return AdAccount.objects.visible_to(actor).select_related("platform", "buyer").order_by("name")


def get_account(actor: Actor, account_id: int) -> AdAccount:
    """One of them. Raises `NotFound`."""
    account = accounts(actor).filter(pk=account_id).first()
    if account is None:
        raise NotFound
    return account


def account_list(actor: Actor) -> list[AccountHealth]:
    """Every account with its health, two queries."""
    return _with_health(actor, list(accounts(actor)))


def account_health(actor: Actor, account: AdAccount) -> AccountHealth:
    """The health of one account."""
    return _with_health(actor, [account])[0]


def _with_health(actor: Actor, rows: list[AdAccount]) -> list[AccountHealth]:
    newest = SpendRun.objects.filter(account__in=[row.pk for row in rows]).order_by().values("account")
    last = runs(actor).filter(pk__in=newest.annotate(newest=Max("pk")).values("newest"))
    by_account = {run.account_id: run for run in last}
    return [AccountHealth(row, by_account.get(row.pk)) for row in rows]


def due_accounts() -> list[int]:
    """The accounts whose time to be read has come."""
    due = AdAccount.objects.filter(is_active=True, next_run_at__lte=now()).exclude(connector=AdAccount.Connector.FILE)
    return list(due.order_by("next_run_at").values_list("pk", flat=True))


def runs(actor: Actor, account_id: int | None = None) -> QuerySet[SpendRun]:
    """Readings of accounts, the newest first."""
    rows = SpendRun.objects.visible_to(actor).select_related("account", "started_by").order_by("-pk")
    return rows if account_id is None else rows.filter(account_id=account_id)


def campaigns(actor: Actor) -> QuerySet[Campaign]:
    """Campaigns that the actor may see, with account, product and rule, those that spent last first."""
    rows = Campaign.objects.visible_to(actor).select_related("account__platform", "account__buyer", "product", "rule")
    return rows.order_by("-last_spent_on", "-pk")


def campaign_sums(actor: Actor, campaign_ids: list[int], first: date, last: date) -> dict[int, Decimal]:
    """MAD that campaigns spent on the days `first` to `last`; one query."""
    rows = AdSpend.objects.visible_to(actor).filter(campaign__in=campaign_ids, spent_on__range=(first, last))
    return dict(rows.order_by().values_list("campaign").annotate(total=Sum("mad_amount")))


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Campaigns without a product that spent something in the period, and how much, MAD."""

    campaign_qty: int
    mad_amount: Decimal


def unmapped(actor: Actor, first: date, last: date) -> Unmapped:
    """What waits for a product; campaigns that a person gave to no product count as well. One query."""
    rows = AdSpend.objects.visible_to(actor).filter(product=None, spent_on__range=(first, last), mad_amount__gt=0)
    money = DecimalField(max_digits=14, decimal_places=2)
    found = rows.order_by().aggregate(
        campaign_qty=Count("campaign", distinct=True),
        mad_amount=Coalesce(Sum("mad_amount"), Value(Decimal(0)), output_field=money),
    )
    return Unmapped(**found)


def rules(actor: Actor) -> QuerySet[CampaignRule]:
    """Rules that the actor may see: the buyers' own first, each group in its order."""
    rows = CampaignRule.objects.visible_to(actor).select_related("product", "platform", "owner")
    return rows.order_by("owner__name", "position", "pk")


def rates() -> QuerySet[ExchangeRate]:
    """Rates of exchange, by currency, the newest first."""
    return ExchangeRate.objects.order_by("currency", "-valid_from_on")


@dataclass(frozen=True, slots=True)
class Targets:
    """What a lead and a delivered order of a product may take of ads at most, MAD; None: no target."""

    lead: SpendTarget | None = None
    delivered: SpendTarget | None = None


def targets_on(actor: Actor, day: date | None = None) -> dict[int, Targets]:
    """The targets in force on a day (default today) by product id, of those products that have one."""
    rows = (
        SpendTarget.objects.visible_to(actor)
        .filter(valid_from_on__lte=day or today())
        .order_by("product_id", "kind", "-valid_from_on")
        .distinct("product_id", "kind")
    )
    found: dict[int, dict[str, SpendTarget]] = {}
    for row in rows:
        if row.amount is not None:
            found.setdefault(row.product_id, {})[row.kind] = row
    return {product_id: Targets(**kinds) for product_id, kinds in found.items()}
