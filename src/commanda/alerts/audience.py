"""Whom a rule tells of which alerts: the people it names, cut down to what their rights let them see."""

from collections.abc import Sequence

from django.db.models import Q

from commanda.accounts.models import User
from commanda.alerts.models import Alert, AlertRule


def audience(rule: AlertRule) -> list[User]:
    """The active people that the rule names, with their roles; two statements at most."""
    named = Q(role__in=rule.roles.all()) | Q(pk__in=rule.people.all())
    return list(User.objects.active().filter(named).select_related("role").order_by("pk"))


def told_of(rule: AlertRule, people: Sequence[User], alerts: Sequence[Alert]) -> set[tuple[int, int]]:
    """(alert id, user id) of everybody who is to be told."""
    pairs: set[tuple[int, int]] = set()
    for user in people:
        actor, sight = user.as_actor(), rule.definition.sight
        if sight.sees_all(actor):
            pairs.update((alert.pk, user.pk) for alert in alerts)
        elif sight.sees_own(actor):
            pairs.update((alert.pk, user.pk) for alert in alerts if user.pk in alert.owner_ids)
    return pairs
