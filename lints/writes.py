"""CM101: the database is written only in `services/` packages, `default_*.py` and migrations.

A write is a call of `save`, `create`, `update`, `delete` in the way querysets, managers and model instances are
called, of their bulk forms in any way, of `insert_rows`, or a string that holds INSERT INTO, UPDATE … SET, DELETE
FROM or TRUNCATE.

What looks alike and is none: `update(other)` and `delete(key)` with a positional argument (dictionaries, sets,
caches), `save(file)` (pictures, storages), `create(x)` (factories of other libraries), and `super().save()` in a
model that completes its own columns.
"""

import ast
import re
from collections.abc import Iterator

from lints.source import Finding, Source

CODE = "CM101"
ALWAYS = frozenset(
    {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "abulk_create", "abulk_update", "_raw_delete"}
    | {"aget_or_create", "aupdate_or_create"}
)
OUR_OWN = frozenset({"insert_rows"})  # of kernel.bulk
WITHOUT_POSITIONAL = frozenset({"save", "create", "update", "delete", "asave", "acreate", "aupdate", "adelete"})
NEEDS_KEYWORDS = frozenset({"update", "create", "aupdate", "acreate"})
SQL = re.compile(
    r"\bINSERT\s+INTO\s+\w|\bDELETE\s+FROM\s+\w|\bUPDATE\s+(?:ONLY\s+)?[\w.\"]+(?:\s+AS\s+\w+)?\s+SET\b"
    r"|\bTRUNCATE\s+(?!ON\b)\w"
)


def check(source: Source) -> Iterator[Finding]:
    """Writes outside of the places where writes live."""
    if source.kind != ".py" or _may_write(source):
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OUR_OWN:
            yield source.finding(node.lineno, CODE, f"{node.func.id}() writes; move it into a service")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _writes(node, node.func):
            yield source.finding(
                node.func.end_lineno or node.lineno, CODE, f".{node.func.attr}() writes; move it into a service"
            )
    for line, text in strings(source):
        if SQL.search(text):
            yield source.finding(line, CODE, "SQL that writes; move it into a service")


def _may_write(source: Source) -> bool:
    return "services" in source.parts or source.is_migration or source.path.name.startswith("default_")


def _writes(call: ast.Call, function: ast.Attribute) -> bool:
    if function.attr in ALWAYS:
        return True
    if function.attr not in WITHOUT_POSITIONAL or _positional(call) or _is_super(function.value):
        return False
    return bool(call.keywords) or function.attr not in NEEDS_KEYWORDS


def _positional(call: ast.Call) -> bool:
    return any(not isinstance(argument, ast.Starred) for argument in call.args)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def strings(source: Source) -> Iterator[tuple[int, str]]:
    """Every text in the code with its line, docstrings left out; of f-strings the fixed parts together."""
    skipped = {id(node) for node in docstrings(source)}
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr):
            parts = [part for part in node.values if isinstance(part, ast.Constant)]
            skipped.update(map(id, parts))
            yield node.lineno, "x".join(str(part.value) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def docstrings(source: Source) -> Iterator[ast.Constant]:
    """The string nodes that are documentation."""
    for node in source.nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value
