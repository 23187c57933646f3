"""Ad accounts: added by file or connected to their platform, and what is changed about them later."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.connectors.base import AccountFacts, PlatformUnavailable
from commanda.ads.locks import lock_account
from commanda.ads.models import AdAccount, Platform
from commanda.ads.services.connect import LONGEST_TOKEN, checked_base, open_connector, seal_token
from commanda.ads.services.rates import checked_currency
from commanda.ads.services.spend import check_runs_ads
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import CommandaError, Invalid, NotAllowed
from commanda.kernel.text import shorten, strip_marks, western_digits
from commanda.kernel.transaction import unit_of_work

SHORTEST_MINUTES: Final = 15
LONGEST_MINUTES: Final = 24 * 60
# Meta keeps 37 months.
LONGEST_HISTORY: Final = timedelta(days=1_100)
USUAL_HISTORY: Final = timedelta(days=30)
PLATFORM_OF: Final = {AdAccount.Connector.META: "facebook", AdAccount.Connector.TIKTOK: "tiktok"}
_NUMBER: Final = re.compile(r"\d{3,30}")


@dataclass(frozen=True, slots=True)
class AccountData:
    """A new account. For a connected one `external_id` and `token` are needed, its currency is asked for; for one by
    file `platform_id` and `currency`. `buyer_id` None is the actor.
    """

    connector: str
    name: str = ""
    external_id: str = ""
    token: str = ""
    app_secret: str = ""
    platform_id: int | None = None
    currency: str = ""
    buyer_id: int | None = None
    history_from_on: date | None = None
    api_base: str = ""


def add_account(*, actor: Actor, data: AccountData) -> AdAccount:
    """Add an account; a connected one is asked who it is first, and read within minutes.

    The token is encrypted and never shown again. Raises `Invalid` for what is wrong with a field,
    `ConnectionProblem` and `PlatformUnavailable` when the platform does not let us in.
    """
    actor.require(Perm.ADS_ENTER)
    account = AdAccount(connector=_connector(data.connector), buyer_id=_buyer(actor, data.buyer_id))
    account.api_base = checked_base(account.connector, data.api_base) if data.api_base.strip() else ""
    if account.is_connected:
        facts = _connect(account, data)
        account.name = _free_name(data.name or facts.name)
        account.history_from_on = _history(data.history_from_on or today() - USUAL_HISTORY)
        account.next_run_at = now()
    else:
        account.platform = _platform(data.platform_id)
        account.name = _free_name(data.name)
        account.currency = checked_currency(data.currency)
        account.external_id = shorten(strip_marks(data.external_id), 40)
    _refuse_twin(account)
    with unit_of_work():
        account.save(force_insert=True)
        record(
            actor=actor,
            name="ads.account_added",
            subject="ads.account",
            subject_id=account.pk,
            changes={"name": account.name, "connector": account.connector, "buyer": account.buyer_id},
        )
    return account


def update_account(*, actor: Actor, account_id: int, changes: dict[str, Any]) -> AdAccount:
    """Change `name`, `run_minutes`, `history_from_on`, `api_base` or (with the right to see all ads) `buyer_id`.

    What was spent already stays with the buyer it was written for. Raises `NotFound`, `Invalid`, `NotAllowed`.
    """
    actor.require(Perm.ADS_ENTER)
    with unit_of_work():
        account = lock_account(actor, account_id)
        audited: dict[str, Any] = {}
        for name in ("name", "run_minutes", "history_from_on", "api_base", "buyer_id"):
            if name not in changes:
                continue
            before, value = getattr(account, name), _checked(actor, account, name, changes[name])
            if value != before:
                audited[name] = [_plain(before), _plain(value)]
                setattr(account, name, value)
        if audited:
            if account.is_polled and {"history_from_on", "api_base"} & set(audited):
                account.next_run_at = now()
            account.save(update_fields=[*audited, "next_run_at"])
            record(
                actor=actor, name="ads.account_updated", subject="ads.account", subject_id=account.pk, changes=audited
            )
    return account


def replace_token(*, actor: Actor, account_id: int, token: str, app_secret: str = "") -> AdAccount:
    """Store another token for a connected account and read it at once. The platform is asked first.

    Raises what `add_account` raises; a token of another account with another currency is refused.
    """
    actor.require(Perm.ADS_ENTER)
    account = AdAccount.objects.visible_to(actor).filter(pk=account_id).select_related("platform").first()
    if account is None or not account.is_connected:
        raise Invalid(_("This account is not connected to a platform."), field="token", code="not_connected")
    account.secret = _sealed(token, app_secret)
    facts = _facts(account)
    if facts.currency != account.currency:
        raise Invalid(
            _("With this token the account pays in %(currency)s. Add it as a new account."),
            field="token",
            code="currency_changed",
            currency=facts.currency,
        )
    with unit_of_work():
        locked = lock_account(actor, account_id)
        locked.secret = account.secret
        locked.error_code, locked.error_params, locked.failures_qty = "", {}, 0
        locked.next_run_at = now() if locked.is_polled else None
        locked.save(update_fields=["secret", "error_code", "error_params", "failures_qty", "next_run_at"])
        record(actor=actor, name="ads.token_replaced", subject="ads.account", subject_id=account_id)
    return locked


def set_active(*, actor: Actor, account_id: int, is_active: bool) -> AdAccount:
    """Pause an account or let it go on; a resumed one is read at once, the days of the pause as well."""
    actor.require(Perm.ADS_ENTER)
    with unit_of_work():
        account = lock_account(actor, account_id)
        if account.is_active != is_active:
            account.is_active = is_active
            account.next_run_at = now() if account.is_polled else None
            account.save(update_fields=["is_active", "next_run_at"])
            name = "ads.account_resumed" if is_active else "ads.account_paused"
            record(actor=actor, name=name, subject="ads.account", subject_id=account_id)
    return account


def _connect(account: AdAccount, data: AccountData) -> AccountFacts:
    slug = PLATFORM_OF[AdAccount.Connector(account.connector)]
    platform = Platform.objects.filter(slug=slug).first()
    if platform is None:
        raise Invalid(_("This platform does not exist."), field="platform", code="unknown_platform")
    account.platform = platform
    number = western_digits(data.external_id).strip().removeprefix("act_")
    if not _NUMBER.fullmatch(number):
        text = _("Type the number of the ad account: digits only.")
        raise Invalid(text, field="external_id", code="bad_number")
    account.external_id = number
    _refuse_twin(account)
    account.secret = _sealed(data.token, data.app_secret)
    facts = _facts(account)
    account.currency, account.time_zone = facts.currency, facts.time_zone[:60]
    return facts


def _facts(account: AdAccount) -> AccountFacts:
    try:
        return open_connector(account).facts()
    except PlatformUnavailable as error:
        raise Invalid(str(error), field="token", code=error.code) from None
    except CommandaError as error:
        error.field = error.field or "token"
        raise


def _sealed(token: str, app_secret: str) -> str:
    token, app_secret = token.strip(), app_secret.strip()
    is_plain = token.isascii() and token.isprintable() and " " not in token
    if not token or not is_plain or len(token) > LONGEST_TOKEN:
        raise Invalid(_("Paste the whole access token, nothing else."), field="token", code="bad_token")
    if not app_secret.isascii() or len(app_secret) > LONGEST_TOKEN:
        raise Invalid(_("Paste the app secret as Meta shows it."), field="app_secret", code="bad_secret")
    return seal_token(token, app_secret)


def _checked(actor: Actor, account: AdAccount, name: str, value: Any) -> Any:
    if name == "name":
        return account.name if value == account.name else _free_name(value)
    if name == "run_minutes":
        if not SHORTEST_MINUTES <= int(value) <= LONGEST_MINUTES:
            raise Invalid(_("Choose between 15 minutes and one day."), field=name, code="bad_interval")
        return int(value)
    if name == "history_from_on":
        return _history(value) if value is not None else None
    if name == "api_base":
        return checked_base(account.connector, value) if value.strip() else ""
    if value != account.buyer_id:
        if not actor.can(Perm.ADS_VIEW_ALL):
            raise NotAllowed
        check_runs_ads(value)
    return value


def _history(day: date) -> date:
    if not today() - LONGEST_HISTORY <= day <= today():
        raise Invalid(
            _("Choose a day of the last three years, not in the future."), field="history_from_on", code="bad_date"
        )
    return day


def _connector(text: str) -> str:
    if text not in AdAccount.Connector.values:
        raise Invalid(_("Choose how the spend comes in."), field="connector", code="unknown_connector")
    return text


def _buyer(actor: Actor, buyer_id: int | None) -> int:
    wanted = buyer_id or actor.user_id
    if wanted is None:
        raise Invalid(_("Choose whose spend this is."), field="buyer", code="no_buyer")
    if wanted != actor.user_id:
        if not actor.can(Perm.ADS_VIEW_ALL):
            raise NotAllowed
        check_runs_ads(wanted)
    return wanted


def _platform(platform_id: int | None) -> Platform:
    platform = Platform.objects.filter(pk=platform_id).first() if platform_id else None
    if platform is None:
        raise Invalid(_("This platform does not exist."), field="platform", code="unknown_platform")
    return platform


def _free_name(text: str) -> str:
    name = shorten(strip_marks(text), 80)
    if not name:
        raise Invalid(_("Type a name."), field="name", code="nameless")
    if AdAccount.objects.filter(name=name).exists():
        raise Invalid(_("Another account has this name."), field="name", code="name_taken")
    return name


def _refuse_twin(account: AdAccount) -> None:
    same = AdAccount.objects.filter(platform=account.platform).exclude(external_id="")
    if same.filter(external_id=account.external_id).exists():
        raise Invalid(_("This account was added already."), field="external_id", code="account_taken")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
