"""Rules and skills in words: keys become names."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from commanda.ads.models import Platform
from commanda.catalog.models import Product
from commanda.confirmation.models import AgentProfile, AssignmentRule, ClientLanguage
from commanda.confirmation.selectors import agent_choices
from commanda.customers.models import City, Zone
from commanda.kernel.actor import Actor
from commanda.kernel.money import format_mad
from commanda.orders.models import Order, Store

SHOWN = 4
Names = dict[str, dict[int, str]]


def conditions_in_words(actor: Actor, rules: Sequence[AssignmentRule]) -> dict[int, list[str]]:
    """Rule → its conditions, one text each; a constant number of queries."""
    names = _names(actor, rules, ("agent_ids", "product_ids", "city_ids", "zone_ids", "store_ids"))
    platforms = dict(Platform.objects.values_list("slug", "name"))
    return {rule.pk: _conditions(rule, names, platforms) for rule in rules}


def skills_in_words(actor: Actor, profiles: Sequence[AgentProfile]) -> dict[int, list[str]]:
    """Agent → what he handles, one text each; empty for everything."""
    names = _names(actor, profiles, ("product_ids", "city_ids"))
    languages = dict(ClientLanguage.choices)
    return {
        profile.user_id: [
            text
            for text in (
                _joined(str(languages[code]) for code in profile.languages),
                _listed(profile, "product_ids", names),
                _listed(profile, "city_ids", names),
            )
            if text
        ]
        for profile in profiles
    }


def _conditions(rule: AssignmentRule, names: Names, platforms: dict[str, str]) -> list[str]:
    channels = dict(Order.Channel.choices)
    found = [
        *(_listed(rule, name, names) for name in ("agent_ids", "product_ids", "store_ids", "city_ids", "zone_ids")),
        _joined(str(channels.get(code, code)) for code in rule.channels),
        _joined(platforms.get(code, code) for code in rule.platforms),
        str(rule.get_client_kind_display()) if rule.client_kind else "",
        str(rule.get_language_display()) if rule.language else "",
        _("from %(amount)s") % {"amount": format_mad(rule.min_amount)} if rule.min_amount is not None else "",
        _("up to %(amount)s") % {"amount": format_mad(rule.max_amount)} if rule.max_amount is not None else "",
    ]
    return [text for text in found if text]


def _names(actor: Actor, rows: Iterable[Any], fields: Sequence[str]) -> Names:
    rows = list(rows)
    wanted = {name: {key for row in rows for key in getattr(row, name)} for name in fields}
    sources: dict[str, Any] = {
        "agent_ids": agent_choices(actor),
        "product_ids": Product.objects.visible_to(actor),
        "city_ids": City.objects.all(),
        "zone_ids": Zone.objects.all(),
        "store_ids": Store.objects.all(),
    }
    return {name: {row.pk: str(row) for row in sources[name].filter(pk__in=keys)} for name, keys in wanted.items()}


def _listed(row: Any, field: str, names: Names) -> str:
    return _joined(names[field].get(key, f"#{key}") for key in getattr(row, field))


def _joined(texts: Iterable[str]) -> str:
    found = list(texts)
    more = len(found) - SHOWN
    return ", ".join(found[:SHOWN]) + (f" +{more}" if more > 0 else "")
