"""CM107: a migration that web and worker of the release before can live with, while it runs and after it.

New code is rolled out host by host, after the migration: until then the old code reads and writes the new tables. And a
migration must not hold a lock for as long as a large table takes. What does neither, in a model that the migration does
not make itself:

- a new column takes inserts that do not know it: `null=True` or `db_default=`;
- nothing is renamed or retyped: add, fill, read the new one, and remove in a later release;
- what is removed is not used by the release before: say so, `# lint-ok: CM107 unused since 1.4`;
- an index is made with `AddIndexConcurrently`, a check with `AddConstraintNotValid` and, in the next migration,
  `ValidateConstraint`; a unique constraint takes over an index that was made concurrently;
- SQL and Python have their way back (`reverse_sql`, `reverse_code`).

The migrations of before the rules are named in `BEFORE`; how to write one: docs/ops/upgrade.md.
"""

import ast
import re
from collections.abc import Iterator

from lints.source import Finding, Source

CODE = "CM107"
# The app → the number of its newest migration when the rules came, which nobody had installed yet.
BEFORE = {
    "accounts": 2,
    "ads": 2,
    "alerts": 1,
    "audit": 3,
    "catalog": 2,
    "confirmation": 6,
    "customers": 3,
    "finance": 4,
    "insights": 2,
    "intake": 5,
    "orders": 17,
    "privacy": 1,
    "reports": 1,
    "shipping": 1,
    "stock": 4,
}
NUMBER = re.compile(r"(\d{4})_")
SLOW_SQL = re.compile(r"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)|\bLOCK\s+TABLE\b", re.IGNORECASE)
REFUSED = {
    "RenameField": "the code of before knows the old name: add, fill, and remove in a later release",
    "RenameModel": "the code of before knows the old name: make a new table, fill it, and remove in a later release",
    "AlterModelTable": "the code of before knows the old name",
    "AlterField": "may rewrite the table under a lock, or refuse what the code of before writes: say why not",
    "RemoveField": "the code of before may use it: say since which release it does not",
    "DeleteModel": "the code of before may use it: say since which release it does not",
    "AddIndex": "holds up writers: AddIndexConcurrently, in a migration with atomic = False",
    "AlterUniqueTogether": "holds up writers: UniqueConstraint over an index made concurrently",
}


def check(source: Source) -> Iterator[Finding]:
    """What the release before, or a large table, could not live with."""
    if source.kind != ".py" or not source.is_migration or not _is_new(source):
        return
    calls = [node for node in source.nodes if isinstance(node, ast.Call)]
    made = {_text(call, "name", 0).lower() for call in calls if _name(call) == "CreateModel"}
    for call in calls:
        name = _name(call)
        if _text(call, "model_name", 0).lower() in made or (name == "DeleteModel" and _text(call, "name", 0) in made):
            continue
        if why := REFUSED.get(name) or _problem(name, call):
            yield source.finding(call.lineno, CODE, f"{name}: {why}")


def _is_new(source: Source) -> bool:
    number = NUMBER.match(source.path.name)
    return number is not None and int(number[1]) > BEFORE.get(source.path.parent.parent.name, 0)


def _problem(name: str, call: ast.Call) -> str:
    if name == "AddField":
        field = _argument(call, "field", 2)
        if isinstance(field, ast.Call) and not _takes_old_inserts(field):
            return "the code of before inserts without it: null=True or db_default="
    elif name == "AddConstraint":
        constraint = _argument(call, "constraint", 1)
        if isinstance(constraint, ast.Call) and _name(constraint) == "CheckConstraint":
            return "reads the whole table under a lock: AddConstraintNotValid, then ValidateConstraint"
        return "makes an index under a lock: make it concurrently first, and say so"
    elif name == "RunSQL":
        texts = [
            node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        if any(SLOW_SQL.search(text) for text in texts):
            return "holds up writers: CREATE INDEX CONCURRENTLY"
        if _argument(call, "reverse_sql", 1) is None:
            return "has no way back: reverse_sql="
    elif name == "RunPython" and _argument(call, "reverse_code", 1) is None:
        return "has no way back: reverse_code="
    return ""


def _takes_old_inserts(field: ast.Call) -> bool:
    """A table between two, or a column that may be left out."""
    if _name(field) == "ManyToManyField":
        return True
    given = {keyword.arg: keyword.value for keyword in field.keywords}
    null = given.get("null")
    return "db_default" in given or (isinstance(null, ast.Constant) and null.value is True)


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _argument(call: ast.Call, name: str, place: int) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if len(call.args) > place else None


def _text(call: ast.Call, name: str, place: int) -> str:
    value = _argument(call, name, place)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
