"""The only place that locks for ads."""

from datetime import date

from commanda.ads.models import AdSpend


def lock_day(buyer_id: int, spent_on: date) -> dict[tuple[int, int], AdSpend]:
    """Lock what a buyer spent on a day, by (product id, platform id), until the transaction ends."""
    rows = (
        AdSpend.objects.select_for_update(no_key=True, of=("self",))
        .filter(buyer_id=buyer_id, spent_on=spent_on)
        .order_by("pk")
    )
    return {(row.product_id, row.platform_id): row for row in rows}
