"""CM103: amounts (`…_amount`, Decimal MAD) and quantities (`…_qty`, `quantity`, whole units) are never floats.

Found are: `FloatField` in models, the annotation `float` on such a name, a float literal given to or compared or
computed with such a name, and `float(…)` around one. A float that leaves the house (a chart) says so on its line.
"""

import ast
from collections.abc import Iterator

from lints.source import Finding, Source

CODE = "CM103"
ENDINGS = ("_amount", "_qty")
WORDS = frozenset({"amount", "quantity", "qty"})


def check(source: Source) -> Iterator[Finding]:
    """Floats where exact numbers belong."""
    if source.kind != ".py":
        return
    for node in source.nodes:
        for line, what in _found(node):
            yield source.finding(line, CODE, what)


def _found(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Attribute(attr="FloatField") | ast.Name(id="FloatField"):
            yield node.lineno, "FloatField; use DecimalField or IntegerField"
        case ast.Call():
            yield from _in_call(node)
        case ast.Assign(targets=targets, value=value) if _is_float(value):
            if any(_is_exact_node(target) for target in targets):
                yield node.lineno, "a float for an amount or a quantity"
        case ast.AnnAssign(target=target, annotation=annotation, value=value) if _is_exact_node(target):
            if _says_float(annotation) or _is_float(value):
                yield node.lineno, "a float for an amount or a quantity"
        case ast.arg(arg=name, annotation=annotation) if is_exact(name) and _says_float(annotation):
            yield node.lineno, f"{name} is annotated float"
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            if (_is_exact_node(left) and _is_float(right)) or (_is_exact_node(right) and _is_float(left)):
                yield node.lineno, "an amount or a quantity beside a float"


def _in_call(call: ast.Call) -> Iterator[tuple[int, str]]:
    if isinstance(call.func, ast.Name) and call.func.id == "float" and any(map(_mentions_exact, call.args)):
        yield call.lineno, "float() of an amount or a quantity"
    for keyword in call.keywords:
        if keyword.arg and is_exact(keyword.arg) and _is_float(keyword.value):
            yield keyword.value.lineno, f"{keyword.arg} given a float"


def is_exact(name: str) -> bool:
    """Whether a name is one of an amount or a quantity."""
    return name in WORDS or name.endswith(ENDINGS)


def _is_exact_node(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return is_exact(name)
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return is_exact(name)
    return False


def _mentions_exact(node: ast.expr) -> bool:
    return any(isinstance(part, ast.expr) and _is_exact_node(part) for part in ast.walk(node))


def _is_float(node: ast.expr | None) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.UnaryOp(operand=operand):
            return _is_float(operand)
    return False


def _says_float(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    return any(isinstance(part, ast.Name) and part.id == "float" for part in ast.walk(annotation))
