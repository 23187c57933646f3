"""The tabs of the ads pages."""

from datetime import timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commanda.ads.selectors import unmapped
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today

UNMAPPED_DAYS: Final = 30

TABS: Final = (
    ("ads", _("Spend")),
    ("ads_campaigns", _("Campaigns")),
    ("ads_rules", _("Rules")),
    ("ads_accounts", _("Accounts")),
    ("ads_rates", _("Rates")),
    ("ads_targets", _("Targets")),
)


def tabs(actor: Actor, current: str) -> dict[str, Any]:
    """What every page of ads shows: `tabs` for `<c-tabs>`, and `unmapped`, the spend that waits for a product.

    `current` is a URL name.
    """
    waiting = unmapped(actor, today() - timedelta(days=UNMAPPED_DAYS - 1), today())
    items = [
        {
            "url": reverse(name),
            "label": label,
            "count": waiting.campaign_qty or None if name == "ads_campaigns" else None,
            "is_active": name == current,
        }
        for name, label in TABS
    ]
    return {"tabs": items, "unmapped": waiting}
