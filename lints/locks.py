"""CM102: rows, tables and advisory keys are locked only in `locks.py`, where the order of locks can be read at once.

`ON CONFLICT` and the locks that writes take by themselves are no matter of this rule; migrations neither.
"""

import ast
import re
from collections.abc import Iterator

from lints.source import Finding, Source
from lints.writes import strings

CODE = "CM102"
SQL = re.compile(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(KEY\s+)?SHARE\b|\bLOCK\s+TABLE\b|\bpg_(try_)?advisory_")


def check(source: Source) -> Iterator[Finding]:
    """Locks taken elsewhere."""
    if source.kind != ".py" or source.path.name == "locks.py" or source.is_migration:
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "select_for_update":
            yield source.finding(node.end_lineno or node.lineno, CODE, "select_for_update belongs into locks.py")
    for line, text in strings(source):
        if SQL.search(text):
            yield source.finding(line, CODE, "SQL that locks belongs into locks.py")
