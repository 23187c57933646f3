"""An ad account whose spend cannot be read, or was not read for long."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from commanda.ads.account_health import LATE_AFTER_PERIODS, AccountHealth
from commanda.ads.failures import explain
from commanda.ads.selectors import account_list
from commanda.alerts.kinds.base import Area, Finding, Terms
from commanda.alerts.kinds.silent import SilentKind, intervals, silence
from commanda.alerts.sights import Sight
from commanda.kernel.actor import system_actor


class AdAccountSilent(SilentKind):
    """By account: an error such as a token that ended, or no good reading for many intervals."""

    slug = "ad_account"
    label = gettext_lazy("An ad account is not read")
    icon = "key-off"
    area = Area.ADS
    sight = Sight.SPEND
    limits = (
        intervals(
            LATE_AFTER_PERIODS,
            1_000,
            gettext_lazy("Intervals between two readings of the account, an hour each unless you changed it."),
        ),
    )
    explanation = gettext_lazy("The spend of an account cannot be read, or was not read for so many of its intervals.")
    advice = gettext_lazy(
        "Open the account: it says what is wrong. Days that were missed are read again by themselves."
    )

    def find(self, terms: Terms) -> list[Finding]:
        number = int(terms.limits["intervals"])
        found = (_finding(health, number) for health in account_list(system_actor()))
        return [finding for finding in found if finding is not None]

    def explain(self, code: str, params: dict[str, Any]) -> str:
        return explain(code, params)


def _finding(health: AccountHealth, number: int) -> Finding | None:
    account = health.account
    things = {"account": account.pk, "buyer": account.buyer_id}
    longest = timedelta(minutes=account.run_minutes * number)
    return silence(health, account, longest, things, owner_ids=(account.buyer_id,))
