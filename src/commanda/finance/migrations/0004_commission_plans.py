import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

# Until now an order earned for its delivery only; each further time came after a reversal.
NUMBER_EARNINGS = """
ALTER TABLE finance_commissionentry DISABLE TRIGGER finance_commissionentry_append_only;
WITH counted AS (
    SELECT entry.id, row_number() OVER (PARTITION BY entry.order_id ORDER BY entry.id) AS nth
    FROM finance_commissionentry AS entry WHERE entry.reverses_id IS NULL
)
UPDATE finance_commissionentry AS entry SET nth = counted.nth
FROM counted
WHERE counted.id = COALESCE(entry.reverses_id, entry.id) AND counted.nth > 1;
ALTER TABLE finance_commissionentry ENABLE TRIGGER finance_commissionentry_append_only;
"""

# A version by which somebody has earned stays as it is, with its lines and tiers.
FREEZE_PLANS = """
CREATE FUNCTION commanda_refuse_used_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE plans bigint[];
BEGIN
    IF TG_TABLE_NAME = 'finance_commissionplan' THEN
        plans := ARRAY[OLD.id];
    ELSIF TG_OP = 'INSERT' THEN
        plans := ARRAY[NEW.plan_id];
    ELSIF TG_OP = 'DELETE' THEN
        plans := ARRAY[OLD.plan_id];
    ELSE
        plans := ARRAY[OLD.plan_id, NEW.plan_id];
    END IF;
    IF EXISTS (SELECT FROM finance_commissionentry WHERE plan_id = ANY(plans)) THEN
        RAISE EXCEPTION 'somebody has earned by this plan: % on %', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER finance_commissionplan_frozen BEFORE UPDATE OR DELETE ON finance_commissionplan
    FOR EACH ROW EXECUTE FUNCTION commanda_refuse_used_plan();
CREATE TRIGGER finance_commissionline_frozen BEFORE INSERT OR UPDATE OR DELETE ON finance_commissionline
    FOR EACH ROW EXECUTE FUNCTION commanda_refuse_used_plan();
CREATE TRIGGER finance_commissiontier_frozen BEFORE INSERT OR UPDATE OR DELETE ON finance_commissiontier
    FOR EACH ROW EXECUTE FUNCTION commanda_refuse_used_plan();
"""
THAW_PLANS = """
DROP TRIGGER finance_commissionplan_frozen ON finance_commissionplan;
DROP TRIGGER finance_commissionline_frozen ON finance_commissionline;
DROP TRIGGER finance_commissiontier_frozen ON finance_commissiontier;
DROP FUNCTION commanda_refuse_used_plan();
"""

# Only a draft takes entries, and only its agent's; what is approved is paid or taken back, what is paid is history.
GUARD_STATEMENTS = """
CREATE FUNCTION commanda_guard_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.total_amount <> 0 THEN
            RAISE EXCEPTION 'a statement begins as an empty draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'statement % is %', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state = 'paid' OR (OLD.state = 'draft' AND NEW.state = 'paid') THEN
        RAISE EXCEPTION 'statement % is %', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'approved' AND (
        NEW.state = 'approved'
        OR (NEW.agent_id, NEW.first_on, NEW.last_on, NEW.total_amount)
            IS DISTINCT FROM (OLD.agent_id, OLD.first_on, OLD.last_on, OLD.total_amount)
    ) THEN
        RAISE EXCEPTION 'statement % is approved', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> 'draft' AND NEW.total_amount <> (
        SELECT COALESCE(sum(entry.amount), 0)
        FROM finance_statemententry AS row JOIN finance_commissionentry AS entry ON entry.id = row.entry_id
        WHERE row.statement_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'statement % is not the sum of its entries', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finance_commissionstatement_guarded BEFORE INSERT OR UPDATE OR DELETE ON finance_commissionstatement
    FOR EACH ROW EXECUTE FUNCTION commanda_guard_statement();
CREATE FUNCTION commanda_guard_statement_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE known finance_commissionstatement;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'an entry does not change its statement' USING ERRCODE = 'restrict_violation';
    END IF;
    -- The lock waits for whoever approves at this moment.
    SELECT * INTO known FROM finance_commissionstatement
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.statement_id ELSE OLD.statement_id END FOR SHARE;
    IF known.state <> 'draft' THEN
        RAISE EXCEPTION 'statement % is %', known.id, known.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' AND known.agent_id <> (
        SELECT agent_id FROM finance_commissionentry WHERE id = NEW.entry_id
    ) THEN
        RAISE EXCEPTION 'the entry is another agent''s' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER finance_statemententry_guarded BEFORE INSERT OR UPDATE OR DELETE ON finance_statemententry
    FOR EACH ROW EXECUTE FUNCTION commanda_guard_statement_entry();
"""
UNGUARD_STATEMENTS = """
DROP TRIGGER finance_commissionstatement_guarded ON finance_commissionstatement;
DROP TRIGGER finance_statemententry_guarded ON finance_statemententry;
DROP FUNCTION commanda_guard_statement();
DROP FUNCTION commanda_guard_statement_entry();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_offers"),
        ("finance", "0003_costs_and_expenses"),
        ("orders", "0015_lighter_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CommissionLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("confirmed", "Confirmed order"),
                            ("delivered", "Delivered order"),
                            ("upsell", "Upsell unit"),
                        ],
                        max_length=9,
                        verbose_name="For",
                    ),
                ),
                ("offer_qty", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("offer_label", models.CharField(blank=True, max_length=200)),
                (
                    "amount",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="Amount"),
                ),
                (
                    "ratio",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True, verbose_name="Percent"),
                ),
                (
                    "cap_amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="At most per order"
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "position"],
            },
        ),
        migrations.CreateModel(
            name="CommissionStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_on", models.DateField(verbose_name="From")),
                ("last_on", models.DateField(verbose_name="Until")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("approved", "Approved"), ("paid", "Paid")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                (
                    "total_amount",
                    models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=10, verbose_name="Total"),
                ),
                ("made_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("paid_on", models.DateField(null=True, verbose_name="Paid on")),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[("bank", "Bank transfer"), ("cash", "Cash"), ("other", "Other")],
                        max_length=5,
                        verbose_name="Paid by",
                    ),
                ),
                ("payment_reference", models.CharField(blank=True, max_length=80, verbose_name="Payment reference")),
            ],
            options={
                "ordering": ["-last_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CommissionTier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("delivered_qty", models.PositiveIntegerField(verbose_name="Delivered orders")),
                (
                    "delivery_rate",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=4, null=True, verbose_name="Delivery rate"
                    ),
                ),
                (
                    "confirmation_rate",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=4, null=True, verbose_name="Confirmation rate"
                    ),
                ),
                (
                    "per_order_amount",
                    models.DecimalField(
                        decimal_places=2, default=Decimal(0), max_digits=8, verbose_name="More per delivered order"
                    ),
                ),
                (
                    "fixed_amount",
                    models.DecimalField(
                        decimal_places=2, default=Decimal(0), max_digits=8, verbose_name="Fixed amount"
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "position"],
            },
        ),
        migrations.CreateModel(
            name="StatementEntry",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="statement_entry",
                        serialize=False,
                        to="finance.commissionentry",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "statement entries",
            },
        ),
        migrations.AlterModelOptions(
            name="commissionplan",
            options={"ordering": ["-valid_from_on", "-id"]},
        ),
        migrations.RemoveConstraint(
            model_name="commissionplan",
            name="commission_plan_not_negative",
        ),
        migrations.AddField(
            model_name="commissionentry",
            name="facts",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="commissionentry",
            name="month_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="commissionentry",
            name="nth",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="commissionentry",
            name="trigger",
            field=models.CharField(
                choices=[
                    ("confirmed", "Confirmed order"),
                    ("delivered", "Delivered order"),
                    ("upsell", "Upsell unit"),
                    ("bonus", "Bonus of the month"),
                ],
                db_default="delivered",
                default="delivered",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="commissionentry",
            name="units_qty",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="commissionplan",
            name="confirmed_amount",
            field=models.DecimalField(
                db_default=Decimal(0),
                decimal_places=2,
                default=Decimal(0),
                max_digits=8,
                verbose_name="Per confirmed order",
            ),
        ),
        migrations.AddField(
            model_name="commissionplan",
            name="keeps_confirmed",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="A confirmation stays paid when the parcel comes back"
            ),
        ),
        migrations.AddField(
            model_name="commissionplan",
            name="month_cap_amount",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="At most per agent and month"
            ),
        ),
        migrations.AddField(
            model_name="commissionplan",
            name="upsell_amount",
            field=models.DecimalField(
                db_default=Decimal(0),
                decimal_places=2,
                default=Decimal(0),
                max_digits=8,
                verbose_name="Per upsell unit",
            ),
        ),
        migrations.AlterField(
            model_name="commissionentry",
            name="order",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="commissions", to="orders.order"
            ),
        ),
        migrations.AlterField(
            model_name="commissionentry",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.commissionplan"
            ),
        ),
        migrations.AlterField(
            model_name="commissionplan",
            name="valid_from_on",
            field=models.DateField(blank=True, null=True, unique=True, verbose_name="Valid from"),
        ),
        migrations.AddConstraint(
            model_name="commissionplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_amount__gte", 0),
                    ("delivered_amount__gte", 0),
                    ("upsell_amount__gte", 0),
                    models.Q(("month_cap_amount", None), ("month_cap_amount__gt", 0), _connector="OR"),
                ),
                name="commission_plan_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="commissionline",
            name="agent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="Agent",
            ),
        ),
        migrations.AddField(
            model_name="commissionline",
            name="offer_variant",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.variant",
            ),
        ),
        migrations.AddField(
            model_name="commissionline",
            name="plan",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="finance.commissionplan",
            ),
        ),
        migrations.AddField(
            model_name="commissionline",
            name="product",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.product",
                verbose_name="Product",
            ),
        ),
        migrations.AddField(
            model_name="commissionentry",
            name="line",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="finance.commissionline",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("month_on__isnull", False), ("order", None), ("trigger", "bonus")),
                    models.Q(
                        models.Q(("trigger", "bonus"), _negated=True), ("month_on", None), ("order__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="commission_of_order_or_month",
            ),
        ),
        migrations.RunSQL(NUMBER_EARNINGS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="commissionentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses", None)),
                fields=("order", "trigger", "nth"),
                name="commission_earned_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses", None), ("trigger", "bonus")),
                fields=("agent", "month_on", "nth"),
                name="commission_bonus_once",
            ),
        ),
        migrations.AddField(
            model_name="commissionstatement",
            name="agent",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="Agent",
            ),
        ),
        migrations.AddField(
            model_name="commissionstatement",
            name="approved_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="commissionstatement",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="commissionstatement",
            name="paid_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="commissiontier",
            name="plan",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tiers",
                to="finance.commissionplan",
            ),
        ),
        migrations.AddField(
            model_name="statemententry",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="finance.commissionstatement"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionline",
            constraint=models.UniqueConstraint(models.F("plan"), models.F("position"), name="commission_line_position"),
        ),
        migrations.AddConstraint(
            model_name="commissionline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gte", 0), ("ratio", None)),
                    models.Q(("amount", None), ("ratio__range", (0, 1))),
                    _connector="OR",
                ),
                name="commission_line_amount_or_ratio",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionline",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_amount", None), ("cap_amount__gt", 0), _connector="OR"),
                name="commission_line_cap_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("offer_label", ""), ("offer_qty", None), ("offer_variant", None)),
                    models.Q(("offer_qty__gte", 1), ("product__isnull", False)),
                    _connector="OR",
                ),
                name="commission_line_offer_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="commissionstatement",
            index=models.Index(fields=["agent", "-last_on", "-id"], name="statement_agent"),
        ),
        migrations.AddIndex(
            model_name="commissionstatement",
            index=models.Index(fields=["-last_on", "-id"], name="statement_newest"),
        ),
        migrations.AddConstraint(
            model_name="commissionstatement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("agent",), name="statement_one_draft"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("first_on__lte", models.F("last_on"))), name="statement_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approved_at", None), ("method", ""), ("paid_at", None), ("paid_on", None), ("state", "draft")
                    ),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("method", ""),
                        ("paid_at", None),
                        ("paid_on", None),
                        ("state", "approved"),
                    ),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("paid_at__isnull", False),
                        ("paid_on__isnull", False),
                        ("state", "paid"),
                        models.Q(("method", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="statement_steps",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "draft"), ("total_amount__gte", 0), _connector="OR"),
                name="statement_pays_no_debt",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissiontier",
            constraint=models.UniqueConstraint(models.F("plan"), models.F("position"), name="commission_tier_position"),
        ),
        migrations.AddConstraint(
            model_name="commissiontier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fixed_amount__gte", 0),
                    ("per_order_amount__gte", 0),
                    models.Q(("per_order_amount__gt", 0), ("fixed_amount__gt", 0), _connector="OR"),
                ),
                name="commission_tier_pays",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissiontier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivery_rate", None), ("delivery_rate__range", (0, 1)), _connector="OR"),
                    models.Q(("confirmation_rate", None), ("confirmation_rate__range", (0, 1)), _connector="OR"),
                ),
                name="commission_tier_rates",
            ),
        ),
        migrations.RunSQL(FREEZE_PLANS, THAW_PLANS),
        migrations.RunSQL(GUARD_STATEMENTS, UNGUARD_STATEMENTS),
    ]
