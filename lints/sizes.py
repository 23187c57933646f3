"""CM105 and CM201: what one can read in one go.

Code, CSS and scripts: at most 400 lines a file; functions at most 50, from `def` to their last line. Templates: at
most 150 lines. Migrations are as long as they are.
"""

import ast
from collections.abc import Iterator

from lints.source import Finding, Source

FILE_CODE, TEMPLATE_CODE = "CM105", "CM201"
MAX_FILE, MAX_FUNCTION, MAX_TEMPLATE = 400, 50, 150


def check(source: Source) -> Iterator[Finding]:
    """Files and functions that grew too long."""
    if source.is_migration:
        return
    length = len(source.lines)
    if source.kind == ".html":
        if length > MAX_TEMPLATE:
            yield source.finding(1, TEMPLATE_CODE, f"{length} lines; a template has at most {MAX_TEMPLATE}")
        return
    if length > MAX_FILE:
        yield source.finding(1, FILE_CODE, f"{length} lines; a file has at most {MAX_FILE}")
    if source.kind == ".py":
        yield from _long_functions(source)


def _long_functions(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                message = f"{node.name} has {length} lines; a function has at most {MAX_FUNCTION}"
                yield source.finding(node.lineno, FILE_CODE, message)
