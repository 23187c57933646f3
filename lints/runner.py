"""All rules over all files."""

from collections.abc import Iterator
from pathlib import Path

from lints import (
    annotations,
    components,
    direction,
    locks,
    markup,
    migrations,
    numbers,
    scoping,
    sizes,
    wording,
    writes,
)
from lints.source import Finding, Source, read_sources

RULES = (writes, locks, numbers, sizes, annotations, markup, direction, wording, components, migrations)


def lint(roots: list[Path]) -> list[Finding]:
    """What is wrong in the files under `roots`, sorted; excused lines left out."""
    sources = list(read_sources(roots))
    references = scoping.reference_models(sources)
    return sorted({found for source in sources for found in _found(source, references) if not source.excuses(found)})


def _found(source: Source, references: frozenset[str]) -> Iterator[Finding]:
    for rule in RULES:
        yield from rule.check(source)
    yield from scoping.check(source, references)
