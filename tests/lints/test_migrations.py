"""CM107 finds what the release before, or a large table, could not live with."""

from pathlib import Path
from textwrap import dedent

import pytest

from lints import migrations
from lints.runner import lint
from lints.source import Source

NEW = "src/commanda/orders/migrations/9001_x.py"


def found(code: str, path: str = NEW) -> list[str]:
    text = f"operations = [{dedent(code)}]"
    return [finding.message.partition(":")[0] for finding in migrations.check(Source(Path(path), text))]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AddField", "migrations.AddField('order', 'x', models.IntegerField(default=0))"),
        ("AddField", "migrations.AddField(model_name='order', name='x', field=models.IntegerField(null=False))"),
        ("AlterField", "migrations.AlterField('order', 'x', models.TextField())"),
        ("RenameField", "migrations.RenameField('order', 'x', 'y')"),
        ("RenameModel", "migrations.RenameModel('Order', 'Sale')"),
        ("RemoveField", "migrations.RemoveField('order', 'x')"),
        ("DeleteModel", "migrations.DeleteModel(name='Order')"),
        ("AddIndex", "migrations.AddIndex('order', models.Index(fields=['x'], name='y'))"),
        ("AddConstraint", "migrations.AddConstraint('order', models.CheckConstraint(condition=c, name='y'))"),
        ("AddConstraint", "migrations.AddConstraint('order', models.UniqueConstraint(fields=['x'], name='y'))"),
        ("RunSQL", "migrations.RunSQL('UPDATE orders_order SET x = 1')"),
        ("RunSQL", "migrations.RunSQL('CREATE INDEX y ON orders_order (x)', reverse_sql='DROP INDEX y')"),
        ("RunPython", "migrations.RunPython(fill)"),
    ],
)
def test_what_holds_up_the_release_before_is_found(name: str, code: str) -> None:
    assert found(code) == [name]


@pytest.mark.parametrize(
    "code",
    [
        "migrations.AddField('order', 'x', models.IntegerField(null=True))",
        "migrations.AddField('order', 'x', models.IntegerField(db_default=0))",
        "migrations.AddField('order', 'x', models.ManyToManyField('orders.Tag'))",
        "AddIndexConcurrently('order', models.Index(fields=['x'], name='y'))",
        "AddConstraintNotValid('order', models.CheckConstraint(condition=c, name='y'))",
        "ValidateConstraint('order', 'y')",
        "migrations.RemoveConstraint('order', 'y')",
        "migrations.RunSQL('CREATE INDEX CONCURRENTLY y ON orders_order (x)', reverse_sql='DROP INDEX y')",
        "migrations.RunPython(fill, reverse_code=migrations.RunPython.noop)",
        "migrations.CreateModel('New', []), migrations.AddIndex('new', models.Index(fields=['x'], name='y'))",
    ],
)
def test_what_the_release_before_can_live_with_is_left_alone(code: str) -> None:
    assert found(code) == []


def test_migrations_of_before_the_rules_are_left_alone() -> None:
    renaming = "migrations.RenameField('order', 'x', 'y')"
    assert found(renaming, "src/commanda/orders/migrations/0017_x.py") == []
    assert found(renaming, "src/commanda/orders/migrations/0018_x.py") == ["RenameField"]
    assert found(renaming, "src/commanda/orders/services/x.py") == []


def test_a_removal_passes_with_the_release_that_stopped_using_it(tmp_path: Path) -> None:
    folder = tmp_path / "commanda" / "orders" / "migrations"
    folder.mkdir(parents=True)
    file = folder / "9001_x.py"
    file.write_text("operations = [migrations.RemoveField('order', 'x')]\n")
    assert [finding.code for finding in lint([tmp_path])] == ["CM107"]
    file.write_text("operations = [migrations.RemoveField('order', 'x')]  # lint-ok: CM107 unused since 1.4\n")
    assert lint([tmp_path]) == []
