"""Ad spend as a table to keep."""

from collections.abc import Iterator
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.ads.selectors import spends
from commanda.kernel.export import table_download
from commanda.web.page import PageRequest, page
from commanda.web.periods import picked


@require_safe
@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
def download(request: PageRequest) -> HttpResponseBase:
    """Every row of the period that the actor may see, by day, as CSV or XLSX."""
    period = picked(request).period
    head = [_("Date"), _("Platform"), _("Account"), _("Campaign"), _("Product"), _("Buyer"), _("Amount"), _("Currency"),
            _("MAD for one unit"), _("Amount in MAD"), _("Impressions"), _("Clicks")]  # fmt: skip
    rows = spends(request.actor, first=period.first, last=period.last).select_related("account", "campaign")

    def table() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=2000):
            yield [
                row.spent_on,
                row.platform.name,
                row.account.name if row.account else "",
                row.campaign.name if row.campaign else "",
                row.product.name if row.product else "",
                row.buyer.name,
                row.amount,
                row.currency,
                row.rate,
                row.mad_amount,
                row.impressions_qty,
                row.clicks_qty,
            ]

    return table_download(kind=request.GET.get("format"), name="ads", head=head, rows=table())
