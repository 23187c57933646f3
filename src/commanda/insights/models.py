from django.db import models


class DailySum(models.Model):
    """The sums of one day for one combination of keys, kept so that long periods need not be counted again.

    `family` says which keys are told apart (`families.FAMILIES`); the others are null. Sums that have no rows are null.
    Written by `services.keep` only, from the same definitions that count from the rows.
    """

    family = models.CharField(max_length=10)
    basis = models.CharField(max_length=6)
    day = models.DateField()

    product_id = models.BigIntegerField(null=True)
    agent_id = models.BigIntegerField(null=True)
    platform = models.CharField(max_length=30, null=True)  # noqa: DJ001 - null: not told apart
    city_id = models.BigIntegerField(null=True)
    carrier_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12, null=True)  # noqa: DJ001
    store_id = models.BigIntegerField(null=True)
    source_id = models.BigIntegerField(null=True)
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
        indexes = [models.Index(fields=["family", "basis", "day"], name="daily_sum_days")]

    def __str__(self) -> str:
        return f"{self.family} {self.basis} {self.day}"


class DirtyDay(models.Model):
    """A day whose kept sums are to be counted anew, marked by triggers wherever a row of it changed.

    Rows are only added, several for one day, so that nobody waits for anybody; whoever counts the day anew takes away
    those that were there before.
    """

    basis = models.CharField(max_length=6)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["basis", "day"], name="dirty_day_basis")]

    def __str__(self) -> str:
        return f"{self.basis} {self.day}"
