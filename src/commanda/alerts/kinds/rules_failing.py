"""Rules of alerts that could not be asked: whoever trusts in silence must hear of it."""

from decimal import Decimal

from django.apps import apps
from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import Area, Finding, Kind, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.kernel.clock import now


class RulesFailing(Kind):
    """By rule."""

    slug = "rules_failing"
    label = gettext_lazy("An alert cannot be checked")
    icon = "bell-off"
    area = Area.SYSTEM
    sight = Sight.SYSTEM
    unit = Unit.MINUTES
    is_told_once = True
    explanation = gettext_lazy("Looking at a rule of alerts failed: it stays silent until this is mended.")
    advice = gettext_lazy("Open the rule and save it again; if that does not help, the log says what went wrong.")
    sentence = gettext_lazy("It has failed for %(value)s.")

    def find(self, terms: Terms) -> list[Finding]:
        # By name: the models stand above the kinds.
        rules = apps.get_model("alerts.AlertRule")._default_manager.filter(is_active=True, failed_at__isnull=False)
        return [
            Finding(key=str(pk), value=Decimal(int((now() - failed_at).total_seconds()) // 60), things={"rule": pk})
            for pk, failed_at in rules.values_list("pk", "failed_at")
            if failed_at is not None
        ]
