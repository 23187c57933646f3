"""CM106: functions say their types: every argument (but `self`, `cls`) and what they give back.

mypy proves them where it is strict; this rule makes sure that they are there everywhere, also in what mypy does not
read (these lints, the demo shop, the measurements). Functions inside functions and lambdas are free.
"""

import ast
from collections.abc import Iterator

from lints.source import Finding, Source

CODE = "CM106"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(source: Source) -> Iterator[Finding]:
    """Functions without types."""
    if source.kind != ".py" or source.is_migration:
        return
    for function, is_method in _functions(source.tree):
        missing = [argument.arg for argument in _arguments(function, is_method) if argument.annotation is None]
        if function.returns is None and function.name != "__init__":
            missing.append("return")
        if missing:
            yield source.finding(function.lineno, CODE, f"{function.name} lacks types: {', '.join(missing)}")


def _functions(tree: ast.Module) -> Iterator[tuple[Function, bool]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node, False
        elif isinstance(node, ast.ClassDef):
            yield from ((part, not _is_static(part)) for part in node.body if isinstance(part, Function))


def _is_static(function: Function) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in function.decorator_list)


def _arguments(function: Function, is_method: bool) -> list[ast.arg]:
    spec = function.args
    plain = [*spec.posonlyargs, *spec.args][1 if is_method else 0 :]
    return [*plain, *spec.kwonlyargs, *(star for star in (spec.vararg, spec.kwarg) if star is not None)]
