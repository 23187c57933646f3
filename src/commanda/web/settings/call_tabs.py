"""The tabs over the settings of calls, and over those of assignment."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

CALLS = (
    ("settings_outcomes", _("Outcomes")),
    ("settings_retries", _("Retries")),
    ("settings_hours", _("Calling hours")),
    ("settings_calls", _("Limits")),
)
ASSIGNMENT = (
    ("settings_assignment", _("Rules")),
    ("settings_dry_run", _("Dry run")),
    ("settings_agents", _("Agents")),
)


def tabs(items: tuple[tuple[str, Any], ...], active: str) -> list[dict[str, Any]]:
    """As `<c-tabs>` takes them."""
    return [{"url": reverse(name), "label": label, "is_active": name == active} for name, label in items]
