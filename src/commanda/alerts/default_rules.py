"""The rules that a new installation starts with. Data: changed on the page of settings, never made again."""

from typing import Final

from commanda.accounts.models import Role
from commanda.accounts.permissions import ADMIN, BUYER, SUPERVISOR
from commanda.alerts.kinds import KINDS
from commanda.alerts.models import AlertRule
from commanda.insights.measures import Dimension

_LEADERS: Final = (ADMIN, SUPERVISOR)
_PRODUCT, _CITY, _CARRIER, _AGENT = Dimension.PRODUCT, Dimension.CITY, Dimension.CARRIER, Dimension.AGENT

# kind, looked at each, roles, by e-mail, at once
RULES: Final[tuple[tuple[str, str, tuple[str, ...], bool, bool], ...]] = (
    ("low_stock", "", (ADMIN, BUYER), True, False),
    ("cover", "", (ADMIN, BUYER), True, False),
    ("sold_out_ads", "", (ADMIN, BUYER), True, True),
    ("spend_without_leads", "", (ADMIN, BUYER), True, False),
    ("lead_target", "", (ADMIN, BUYER), True, False),
    ("break_even", "", (ADMIN,), True, False),
    ("unmapped_spend", "", (ADMIN, BUYER), False, False),
    ("ad_account", "", (ADMIN, BUYER), True, True),
    ("high_returns", _PRODUCT, _LEADERS, True, False),
    ("high_returns", _CITY, _LEADERS, False, False),
    ("high_returns", _CARRIER, _LEADERS, True, False),
    ("high_returns", _AGENT, _LEADERS, False, False),
    ("low_delivery", _PRODUCT, _LEADERS, False, False),
    ("low_confirmation", _AGENT, _LEADERS, False, False),
    ("low_confirmation", _PRODUCT, _LEADERS, False, False),
    ("unassigned", "", _LEADERS, False, False),
    ("late_orders", "", _LEADERS, False, False),
    ("stale_source", "", (ADMIN,), True, True),
    ("inbox_waiting", "", (ADMIN,), True, False),
    ("jobs_waiting", "", (ADMIN,), False, False),
    ("jobs_failed", "", (ADMIN,), False, False),
    ("rules_failing", "", (ADMIN,), True, False),
)


def ensure_defaults() -> None:
    """Create the rules if there are none. What a kind's limits are by default stands with the kind."""
    if AlertRule.objects.exists():
        return
    roles = {role.slug: role for role in Role.objects.filter(slug__in=(*_LEADERS, BUYER))}
    made = AlertRule.objects.bulk_create(
        AlertRule(
            kind=kind,
            limits={name: format(value, "f") for name, value in KINDS[kind].defaults().items()},
            days=KINDS[kind].default_days,
            dimension=dimension,
            to_email=to_email,
            is_urgent=is_urgent,
        )
        for kind, dimension, _roles, to_email, is_urgent in RULES
    )
    told = AlertRule.roles.through
    told.objects.bulk_create(
        told(alertrule_id=rule.pk, role_id=roles[slug].pk)
        for rule, (_kind, _dimension, slugs, _email, _urgent) in zip(made, RULES, strict=True)
        for slug in slugs
        if slug in roles
    )
