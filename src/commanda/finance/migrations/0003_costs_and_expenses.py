from decimal import Decimal
from uuid import uuid4

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import commanda.finance.models.receipt
from commanda.kernel.ledger import append_only

KINDS = [
    ("shipping", "Shipping"),
    ("packaging", "Packaging"),
    ("salaries", "Salaries"),
    ("tools", "Tools"),
    ("rent", "Rent"),
    ("phone", "Phone and internet"),
    ("transport", "Transport"),
    ("content", "Photos and videos"),
    ("equipment", "Equipment"),
    ("services", "Accountant and services"),
    ("bank", "Bank fees"),
    ("taxes", "Taxes"),
    ("other", "Other"),
]
EVERY = [("once", "Once"), ("week", "Every week"), ("month", "Every month"), ("year", "Every year")]
SHARE = [("revenue", "By revenue"), ("orders", "By delivered orders")]

# Who set a cost stands in the audit only, until now.
WHO_SET_COSTS = """
UPDATE finance_productcost AS cost
SET set_by_id = told.actor_id, set_at = told.at
FROM (
    SELECT DISTINCT ON (subject_id, changes ->> 'valid_from_on')
           subject_id, changes ->> 'valid_from_on' AS valid_from_on, actor_id, at
    FROM audit_event WHERE subject = 'finance.product_cost' AND name = 'finance.cost_set'
    ORDER BY subject_id, changes ->> 'valid_from_on', id DESC
) AS told
WHERE told.subject_id = cost.variant_id AND told.valid_from_on = cost.valid_from_on::text
"""

# An expense stays as it was written: only its end and whether it counts may change, and void stays void.
KEEP_EXPENSES = """
CREATE FUNCTION finance_expense_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.is_void
       OR to_jsonb(NEW) - ARRAY['last_on', 'is_void', 'void_reason']
          <> to_jsonb(OLD) - ARRAY['last_on', 'is_void', 'void_reason'] THEN
        RAISE EXCEPTION 'an expense is made void, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finance_expense_keep BEFORE UPDATE OR DELETE ON finance_expense
    FOR EACH ROW EXECUTE FUNCTION finance_expense_keep();
"""
FORGET_EXPENSES = """
DROP TRIGGER finance_expense_keep ON finance_expense;
DROP FUNCTION finance_expense_keep();
"""

# The parts of an expense are the whole, and then no product has it alone. Checked when the transaction ends.
WHOLE_SHARES = """
CREATE FUNCTION finance_expense_shares_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(ratio) FROM finance_expenseshare WHERE expense_id = NEW.expense_id) <> 1
       OR EXISTS (SELECT 1 FROM finance_expense WHERE id = NEW.expense_id AND product_id IS NOT NULL) THEN
        RAISE EXCEPTION 'the shares of expense % are not the whole', NEW.expense_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER finance_expense_shares_whole AFTER INSERT ON finance_expenseshare
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION finance_expense_shares_whole();
"""
NO_WHOLE_SHARES = """
DROP TRIGGER finance_expense_shares_whole ON finance_expenseshare;
DROP FUNCTION finance_expense_shares_whole();
"""


def person(on_delete=django.db.models.deletion.SET_NULL, **options):
    return models.ForeignKey(null=True, on_delete=on_delete, related_name="+", to=settings.AUTH_USER_MODEL, **options)


COSTS = [
    migrations.RemoveConstraint(model_name="productcost", name="product_cost_not_negative"),
    migrations.RenameField(model_name="productcost", old_name="amount", new_name="purchase_amount"),
    migrations.AlterField(
        model_name="productcost",
        name="purchase_amount",
        field=models.DecimalField(decimal_places=2, max_digits=10, verbose_name="Purchase"),
    ),
    migrations.AddField(
        model_name="productcost",
        name="landed_amount",
        field=models.DecimalField(
            db_default=Decimal(0),
            decimal_places=2,
            default=Decimal(0),
            max_digits=10,
            verbose_name="Freight, customs …",
        ),
    ),
    migrations.AddField(
        model_name="productcost",
        name="amount",
        field=models.GeneratedField(
            db_persist=True,
            expression=F("purchase_amount") + F("landed_amount"),
            output_field=models.DecimalField(decimal_places=2, max_digits=10, verbose_name="Cost"),
        ),
    ),
    migrations.AddField(model_name="productcost", name="set_by", field=person(db_index=False)),
    migrations.AddField(model_name="productcost", name="set_at", field=models.DateTimeField(null=True)),
    migrations.AddConstraint(
        model_name="productcost",
        constraint=models.CheckConstraint(
            condition=Q(("landed_amount__gte", 0), ("purchase_amount__gte", 0)), name="product_cost_not_negative"
        ),
    ),
    migrations.RunSQL(WHO_SET_COSTS, migrations.RunSQL.noop),
]

EXPENSES = [
    migrations.AlterField(
        model_name="expense", name="kind", field=models.CharField(choices=KINDS, max_length=12, verbose_name="Kind")
    ),
    migrations.AddField(
        model_name="expense",
        name="every",
        field=models.CharField(
            choices=EVERY, db_default="once", default="once", max_length=8, verbose_name="How often"
        ),
    ),
    migrations.AddField(
        model_name="expense",
        name="last_on",
        field=models.DateField(blank=True, db_index=True, null=True, verbose_name="Last day"),
    ),
    migrations.AddField(
        model_name="expense",
        name="share",
        field=models.CharField(
            choices=SHARE, db_default="revenue", default="revenue", max_length=8, verbose_name="Shared out"
        ),
    ),
    migrations.AddField(
        model_name="expense",
        name="void_reason",
        field=models.CharField(blank=True, db_default="", default="", max_length=300),
    ),
    migrations.AddField(
        model_name="expense",
        name="replaces",
        field=models.OneToOneField(
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="replacement",
            to="finance.expense",
        ),
    ),
    migrations.AddConstraint(
        model_name="expense",
        constraint=models.CheckConstraint(
            condition=Q(("every__in", ["once", "week", "month", "year"])), name="expense_every"
        ),
    ),
    migrations.AddConstraint(
        model_name="expense",
        constraint=models.CheckConstraint(condition=Q(("share__in", ["revenue", "orders"])), name="expense_share"),
    ),
    migrations.AddConstraint(
        model_name="expense",
        constraint=models.CheckConstraint(
            condition=Q(
                ("last_on", None),
                ("last_on__gt", F("spent_on")),
                Q(("every__in", ["week", "month", "year"]), ("last_on", F("spent_on"))),
                _connector="OR",
            ),
            name="expense_ends_after_it_begins",
        ),
    ),
]

SHARES = [
    migrations.CreateModel(
        name="ExpenseShare",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("ratio", models.DecimalField(decimal_places=4, max_digits=5)),
            (
                "expense",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="shares",
                    to="finance.expense",
                ),
            ),
            (
                "product",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.product"),
            ),
        ],
        options={
            "ordering": ["expense", "product"],
            "constraints": [
                models.UniqueConstraint(F("expense"), F("product"), name="expense_share_once"),
                models.CheckConstraint(condition=Q(("ratio__gt", 0), ("ratio__lt", 1)), name="expense_share_is_a_part"),
            ],
        },
    ),
]

RECEIPTS = [
    migrations.CreateModel(
        name="ExpenseReceipt",
        fields=[
            ("id", models.UUIDField(default=uuid4, editable=False, primary_key=True, serialize=False)),
            (
                "file",
                models.FileField(
                    storage=commanda.finance.models.receipt.receipts,
                    upload_to=commanda.finance.models.receipt._place,
                ),
            ),
            ("name", models.CharField(max_length=200, verbose_name="Name")),
            ("content_type", models.CharField(max_length=40)),
            ("size", models.PositiveIntegerField()),
            ("created_at", models.DateTimeField()),
            ("removed_at", models.DateTimeField(blank=True, null=True)),
            (
                "expense",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="finance.expense"
                ),
            ),
            ("uploaded_by", person(db_index=False)),
        ],
        options={"ordering": ["created_at"]},
    ),
    migrations.CreateModel(
        name="FinanceSheet",
        fields=[
            ("id", models.UUIDField(default=uuid4, editable=False, primary_key=True, serialize=False)),
            ("kind", models.CharField(choices=[("costs", "Costs"), ("expenses", "Expenses")], max_length=8)),
            ("name", models.CharField(max_length=200)),
            ("content", models.BinaryField()),
            ("created_at", models.DateTimeField(db_index=True)),
            ("applied_at", models.DateTimeField(null=True)),
            ("uploaded_by", person(django.db.models.deletion.CASCADE)),
        ],
        options={"ordering": ["-created_at"]},
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0002_append_only"),
        ("audit", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        *COSTS,
        *EXPENSES,
        *SHARES,
        *RECEIPTS,
        migrations.RunSQL(KEEP_EXPENSES, FORGET_EXPENSES),
        append_only("finance_expenseshare"),
        migrations.RunSQL(WHOLE_SHARES, NO_WHOLE_SHARES),
    ]
