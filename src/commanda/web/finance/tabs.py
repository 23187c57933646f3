"""The tabs of the finance pages."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

TABS = (
    ("finance", _("Profit")),
    ("finance_costs", _("Product costs")),
    ("finance_fees", _("Carrier fees")),
    ("finance_expenses", _("Expenses")),
    ("finance_plans", _("Commission plans")),
    ("finance_commissions", _("Commissions")),
    ("finance_statements", _("Statements")),
)


def tabs(current: str) -> list[dict[str, Any]]:
    """Items for `<c-tabs>`; `current` is a URL name."""
    return [{"url": reverse(name), "label": label, "is_active": name == current} for name, label in TABS]
