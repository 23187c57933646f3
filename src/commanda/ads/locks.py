"""The only place that locks for ads.

Order: an account's advisory key, the account, the rules, campaigns in id order, then rows of spend.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date

from django.db import connection
from django.utils.translation import gettext_lazy as _

from commanda.ads.models import AdAccount, AdSpend, Campaign
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, NotFound
from commanda.kernel.locks import alone, held

_SPACE = 7_201_341
_RULES = 7_201_342


class AlreadyReading(Conflict):
    """Another run reads the same account."""

    code = "already_reading"
    is_retryable = True
    default_text = _("This account is being read already. Wait until it is done.")


@contextmanager
def only_run_of(account_id: int) -> Iterator[None]:
    """Read an account as the only one on all machines; raises `AlreadyReading` at once otherwise.

    Held across transactions, because a run commits piece by piece.
    """
    with alone(_SPACE, account_id, AlreadyReading):
        yield


def accounts_being_read() -> set[int]:
    """The accounts that are read right now, on whatever machine."""
    return held(_SPACE)


def lock_rules() -> None:
    """Let nobody else change rules, or meet new campaigns, until the transaction ends.

    What a campaign is mapped to comes from all rules together: a campaign that is made while a rule is would
    otherwise see neither the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_RULES])


def lock_account(actor: Actor, account_id: int) -> AdAccount:
    """Lock one account until the transaction ends. Raises `NotFound` when the actor may not see it."""
    rows = AdAccount.objects.visible_to(actor).filter(pk=account_id)
    account = rows.select_related("platform").select_for_update(no_key=True, of=("self",)).first()
    if account is None:
        raise NotFound
    return account


def lock_campaigns_of(account_id: int) -> list[Campaign]:
    """Lock all campaigns of an account in id order until the transaction ends."""
    rows = Campaign.objects.filter(account_id=account_id).order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",)))


def lock_campaigns(actor: Actor, campaign_ids: Collection[int]) -> list[Campaign]:
    """Lock campaigns that the actor may see, in id order, with their accounts; others are left out."""
    rows = Campaign.objects.visible_to(actor).filter(pk__in=campaign_ids).order_by("pk")
    return list(rows.select_related("account").select_for_update(no_key=True, of=("self",)))


def lock_unmapped_by_hand(buyer_id: int | None) -> list[Campaign]:
    """Lock the campaigns that follow the rules, of one buyer's accounts or of all, in id order."""
    rows = Campaign.objects.exclude(mapped_by=Campaign.MappedBy.HAND).order_by("pk")
    if buyer_id is not None:
        rows = rows.filter(account__buyer_id=buyer_id)
    return list(rows.select_related("account").select_for_update(no_key=True, of=("self",)))


def lock_days(buyer_id: int, days: Collection[date]) -> dict[tuple[int, int, date], AdSpend]:
    """Lock what a buyer entered by hand for these days, by (product id, platform id, day), until the transaction
    ends.
    """
    rows = (
        AdSpend.objects.select_for_update(no_key=True, of=("self",))
        .filter(buyer_id=buyer_id, spent_on__in=days, account=None)
        .order_by("pk")
    )
    return {(row.product_id or 0, row.platform_id, row.spent_on): row for row in rows}
