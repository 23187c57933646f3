"""Files as the rules see them, and what a rule finds."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

EXCUSE = re.compile(r"lint-ok:\s*(?P<code>CM\d{3})\s+(?P<reason>\w[^*#}]{3,})")
SUFFIXES = frozenset({".py", ".html", ".css", ".js"})
SKIPPED = frozenset({"node_modules", "__pycache__", ".venv", "commanda.egg-info"})


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """A broken rule."""

    path: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code} {self.message}"


@dataclass(frozen=True)
class Source:
    """One file."""

    path: Path
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        return self.path.parts

    @property
    def kind(self) -> str:
        return self.path.suffix

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.parts

    def inside(self, *folders: str) -> bool:
        """Whether the file is in one of these folders of `commanda`."""
        if "commanda" not in self.parts:
            return False
        at = len(self.parts) - 1 - self.parts[::-1].index("commanda")
        return self.parts[at + 1 : at + 2] != () and self.parts[at + 1] in folders

    def finding(self, line: int, code: str, message: str) -> Finding:
        return Finding(self.path.as_posix(), line, code, message)

    def excuses(self, finding: Finding) -> bool:
        """Whether the line says why it breaks the rule."""
        line = self.lines[finding.line - 1] if 0 < finding.line <= len(self.lines) else ""
        return any(match["code"] == finding.code for match in EXCUSE.finditer(line))


def read_sources(roots: list[Path]) -> Iterator[Source]:
    """Every file the rules know, in a fixed order."""
    for root in roots:
        paths = [root] if root.is_file() else sorted(root.rglob("*"))
        for path in paths:
            if path.suffix in SUFFIXES and path.is_file() and not SKIPPED & set(path.parts):
                yield Source(path, path.read_text(encoding="utf-8"))
