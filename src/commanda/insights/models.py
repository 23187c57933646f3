from django.db import models

from commanda.insights.families import EDITION


class DailySum(models.Model):
    """The sums of one day for one combination of keys, kept so that long periods need not be counted again.

    `family` says which keys are told apart (`families.FAMILIES`); the others are null. Sums that have no rows are null.
    `edition` is that of the families when the sum was last added to.
    Written by `services.keep` only, from the same definitions that count from the rows.
    """

    family = models.CharField(max_length=10)
    basis = models.CharField(max_length=6)
    day = models.DateField()
    edition = models.SmallIntegerField(null=True)

    product_id = models.BigIntegerField(null=True)
    agent_id = models.BigIntegerField(null=True)
    platform = models.CharField(max_length=30, null=True)  # noqa: DJ001 - null: not told apart
    campaign = models.CharField(max_length=100, null=True)  # noqa: DJ001 - as orders call it: names change their meaning
    city_id = models.BigIntegerField(null=True)
    carrier_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12, null=True)  # noqa: DJ001
    store_id = models.BigIntegerField(null=True)
    state_id = models.BigIntegerField(null=True)
    reason_id = models.BigIntegerField(null=True)
    hour = models.SmallIntegerField(null=True)

    leads = models.BigIntegerField(null=True)
    contacted = models.BigIntegerField(null=True)
    confirmed = models.BigIntegerField(null=True)
    shipped = models.BigIntegerField(null=True)
    delivered = models.BigIntegerField(null=True)
    returned = models.BigIntegerField(null=True)
    cancelled = models.BigIntegerField(null=True)
    first_orders = models.BigIntegerField(null=True)
    promised = models.BigIntegerField(null=True)
    on_time = models.BigIntegerField(null=True)
    lead_seconds = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    contacting_seconds = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    contacting_orders = models.BigIntegerField(null=True)
    confirming_seconds = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    confirming_orders = models.BigIntegerField(null=True)
    packing_seconds = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    packing_orders = models.BigIntegerField(null=True)
    carrying_seconds = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    carrying_orders = models.BigIntegerField(null=True)
    lead_value = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    confirmed_value = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    revenue = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    cogs = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    sold_units = models.BigIntegerField(null=True)
    uncosted_units = models.BigIntegerField(null=True)
    calls = models.BigIntegerField(null=True)
    answered = models.BigIntegerField(null=True)
    called_orders = models.BigIntegerField(null=True)
    shipping_cost = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    commission = models.DecimalField(max_digits=16, decimal_places=2, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "family",
                    "basis",
                    "day",
                    "product_id",
                    "agent_id",
                    "platform",
                    "campaign",
                    "city_id",
                    "carrier_id",
                    "channel",
                    "store_id",
                    "state_id",
                    "reason_id",
                    "hour",
                ],
                nulls_distinct=False,
                name="daily_sum_once",
            ),
            models.CheckConstraint(
                condition=models.Q(edition__isnull=False, edition__gte=EDITION), name="daily_sum_edition"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.basis} {self.day}"


class RowChange(models.Model):
    """A row of which kept sums are made has changed; they do not know it yet.

    Triggers write it in the transaction of the change: `kind` the table, `was` the row as it was (null: it was not
    there). Rows are only added, so that nobody waits for anybody; `services.keep` takes them away.
    """

    kind = models.CharField(max_length=30)
    row_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    was = models.JSONField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
