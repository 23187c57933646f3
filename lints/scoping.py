"""CM104: web and API read only what the actor may see.

In `commanda/web/` and `commanda/api/` a model's `objects` (or `_default_manager`, `_base_manager`) is followed at
once by `.visible_to(` or by `.none(`. Free are the models that a `policies.py` classifies `RowScope.REFERENCE`:
their rows are the same for everybody. Everything else comes from a selector, or from a row the actor already has
(`order.lines.all()`). `get_object_or_404(Model, …)` and `get_list_or_404(Model, …)` are unscoped reads, too.
"""

import ast
from collections.abc import Iterator

from lints.source import Finding, Source

CODE = "CM104"
MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
OPENERS = frozenset({"visible_to", "none"})
SHORTCUTS = frozenset({"get_object_or_404", "get_list_or_404"})


def reference_models(sources: list[Source]) -> frozenset[str]:
    """Class names of the models classified REFERENCE in any `policies.py`."""
    found: set[str] = set()
    for source in sources:
        if source.path.name == "policies.py":
            found.update(_classified(source))
    return frozenset(found)


def check(source: Source, references: frozenset[str]) -> Iterator[Finding]:
    """Unscoped reads in web and API."""
    if source.kind != ".py" or not source.inside("web", "api"):
        return
    opened = {id(node.value) for node in source.nodes if isinstance(node, ast.Attribute) and node.attr in OPENERS}
    for node in source.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=model), attr=manager) if manager in MANAGERS:
                if model not in references and id(node) not in opened:
                    message = f"{model}.{manager} without .visible_to(actor); use it, or a selector"
                    yield source.finding(node.end_lineno or node.lineno, CODE, message)
            case ast.Call(func=ast.Name(id=shortcut), args=[ast.Name(id=model), *_]) if shortcut in SHORTCUTS:
                if model[:1].isupper() and model not in references:
                    yield source.finding(node.lineno, CODE, f"{shortcut}({model}) is not limited to the actor")


def _classified(source: Source) -> Iterator[str]:
    for node in source.nodes:
        match node:
            case ast.Call(
                func=ast.Name(id="classify"),
                args=[ast.Constant(value=str(label)), ast.Attribute(attr="REFERENCE"), *_],
            ):
                yield label.rpartition(".")[2]
