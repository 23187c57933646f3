"""An ad account whose spend cannot be read, or was not read for long."""

import json
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.ads.account_health import LATE_AFTER_PERIODS, AccountHealth
from commanda.ads.failures import explain
from commanda.ads.selectors import account_list
from commanda.alerts.kinds.base import Area, Facts, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now

_MINUTE = timedelta(minutes=1)


class AdAccountSilent(Kind):
    """By account: an error that needs a person, such as a token that ended, or no good reading for many intervals."""

    slug = "ad_account"
    label = gettext_lazy("An ad account is not read")
    icon = "key-off"
    area = Area.ADS
    sight = Sight.SPEND
    unit = Unit.MINUTES
    limits = (
        Limit(
            "intervals",
            gettext_lazy("Not read for"),
            Unit.PERIODS,
            Decimal(LATE_AFTER_PERIODS),
            Decimal(2),
            Decimal(1_000),
            gettext_lazy("Intervals between two readings of the account, an hour each unless you changed it."),
        ),
    )
    explanation = gettext_lazy("The spend of an account cannot be read, or was not read for so many of its intervals.")
    advice = gettext_lazy(
        "Open the account: it says what is wrong. Days that were missed are read again by themselves."
    )

    def find(self, terms: Terms) -> list[Finding]:
        intervals = int(terms.limits["intervals"])
        return [
            finding
            for health in account_list(system_actor())
            if health.account.is_active and (finding := _finding(health, intervals)) is not None
        ]

    def is_news(self, told: Decimal | None, value: Decimal | None) -> bool:
        return False  # only time goes by

    def says(self, facts: Facts) -> str:
        if code := facts.get("error_code"):
            return explain(code, json.loads(facts.get("error_params", "{}")))
        return _("Not read for %(value)s; the limit is %(limit)s.") % {
            "value": self.written(facts),
            "limit": self.written(facts, "limit"),
        }


def _finding(health: AccountHealth, intervals: int) -> Finding | None:
    account = health.account
    limit = account.run_minutes * intervals
    silent = (now() - (account.last_success_at or account.created_at)) // _MINUTE
    has_error = health.state == "error"
    if not has_error and not (account.is_polled and silent >= limit):
        return None
    extra = {"error_code": account.error_code, "error_params": json.dumps(account.error_params)}
    return Finding(
        key=str(account.pk),
        value=Decimal(silent),
        limit=Decimal(limit),
        things={"account": account.pk, "buyer": account.buyer_id},
        owner_ids=(account.buyer_id,),
        extra=extra if has_error else {},
    )
