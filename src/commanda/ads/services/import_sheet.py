"""Take in the figures of a sheet: by hand's key for products, as imported spend for accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.connectors.base import CampaignDay
from commanda.ads.locks import lock_account
from commanda.ads.models import AdAccount, Campaign, SpendRun
from commanda.ads.models.campaign import BY_NAME, WHOLE_ACCOUNT
from commanda.ads.rates import RateTable, load_rates
from commanda.ads.services.spend import SpendLine, enter_lines
from commanda.ads.services.write_spend import write_days
from commanda.ads.spend_sheet import SheetLine
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.text import fold
from commanda.kernel.transaction import unit_of_work


@dataclass(frozen=True, slots=True)
class Imported:
    """How many figures were new or changed, of all that were read."""

    read_qty: int
    changed_qty: int


def checked_lines(actor: Actor, lines: Sequence[SheetLine]) -> list[SheetLine]:
    """The lines with what only the database can tell: a missing rate, a campaign that no one knows."""
    rates = load_rates({line.currency for line in lines})
    accounts = {row.pk: row for row in _accounts(actor, lines)}
    known = _known_campaigns(list(accounts))
    return [_checked(line, rates, accounts, known) for line in lines]


def import_lines(*, actor: Actor, lines: Sequence[SheetLine], buyer_id: int | None = None) -> Imported:
    """Write all lines or none; the same sheet again changes nothing.

    `buyer_id` (default the actor) is whose figures those without an account are. Raises `Invalid` when a line still
    has a problem or there is none, and what `enter_lines` and `write_days` raise.
    """
    actor.require(Perm.ADS_ENTER)
    checked = checked_lines(actor, lines)
    if not checked:
        raise Invalid(_("There is no figure here."), field="cells", code="empty")
    if any(line.problems for line in checked):
        raise _unmended()
    with unit_of_work():
        # All of them before the rules, which writing locks: a run holds its account and then waits for the rules.
        accounts = [lock_account(actor, pk) for pk in sorted({line.account_id for line in checked if line.account_id})]
        by_hand = [_as_entry(line) for line in checked if line.account_id is None]
        changed = len(enter_lines(actor=actor, lines=by_hand, buyer_id=buyer_id)) if by_hand else 0
        for account in accounts:
            changed += _into_account(actor, account, [line for line in checked if line.account_id == account.pk])
    return Imported(len(checked), changed)


def _accounts(actor: Actor, lines: Sequence[SheetLine]) -> list[AdAccount]:
    wanted = {line.account_id for line in lines if line.account_id is not None}
    return list(AdAccount.objects.visible_to(actor).filter(pk__in=wanted)) if wanted else []


def _known_campaigns(account_ids: list[int]) -> dict[tuple[int, str], str]:
    """(account, folded name) → number of the campaign; of equal names the one that spent last."""
    if not account_ids:
        return {}
    rows = Campaign.objects.filter(account__in=account_ids).order_by("last_spent_on", "pk")
    return {(row.account_id, fold(row.name)): row.external_id for row in rows}


def _checked(
    line: SheetLine, rates: RateTable, accounts: dict[int, AdAccount], known: dict[tuple[int, str], str]
) -> SheetLine:
    if line.problems or line.spent_on is None:
        return line
    if rates.rate_on(line.currency, line.spent_on) is None:
        return replace(line, problems=("no_rate",))
    if line.account_id is None:
        return line
    account = accounts.get(line.account_id)
    if account is None:
        return replace(line, problems=("unknown_account",))
    number = line.campaign_id or known.get((account.pk, fold(line.campaign)), "")
    if not number and account.is_connected:
        return replace(line, problems=("unknown_campaign",))
    return replace(line, campaign_id=number or _made_number(line.campaign))


def _made_number(name: str) -> str:
    return f"{BY_NAME}{fold(name)}"[:100] if fold(name) else WHOLE_ACCOUNT


def _as_entry(line: SheetLine) -> SpendLine:
    if line.product_id is None or line.platform_id is None or line.spent_on is None or line.amount is None:
        raise _unmended()
    return SpendLine(line.product_id, line.platform_id, line.spent_on, line.amount, line.currency, field="cells")


def _as_day(line: SheetLine, account: AdAccount) -> CampaignDay:
    if line.spent_on is None or line.amount is None:
        raise _unmended()
    return CampaignDay(
        campaign_id=line.campaign_id,
        campaign_name=line.campaign or account.name,
        spent_on=line.spent_on,
        amount=line.amount,
        impressions_qty=line.impressions_qty,
        clicks_qty=line.clicks_qty,
    )


def _unmended() -> Invalid:
    return Invalid(_("Mend the marked rows first."), field="cells", code="bad_lines")


def _into_account(actor: Actor, account: AdAccount, lines: list[SheetLine]) -> int:
    rows = [_as_day(line, account) for line in lines]
    run = SpendRun.objects.create(
        account=account,
        trigger=SpendRun.Trigger.FILE,
        status=SpendRun.Status.DONE,
        started_by_id=actor.user_id,
        started_at=now(),
        finished_at=now(),
        first_on=min(row.spent_on for row in rows),
        last_on=max(row.spent_on for row in rows),
    )
    written = write_days(actor=actor, account=account, rows=rows, rates=load_rates({account.currency}))
    run.read_qty, run.new_qty, run.changed_qty = written.read_qty, written.new_qty, written.changed_qty
    run.save(update_fields=["read_qty", "new_qty", "changed_qty"])
    changes = {"rows": written.read_qty, "new": written.new_qty, "changed": written.changed_qty}
    record(actor=actor, name="ads.sheet_imported", subject="ads.account", subject_id=account.pk, changes=changes)
    return written.new_qty + written.changed_qty
