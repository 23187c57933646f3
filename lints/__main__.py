"""`python -m lints PATH…`: exit status 1 when a rule is broken, 2 when a path does not exist."""

import sys
from pathlib import Path

from lints.runner import lint


def main(arguments: list[str]) -> int:
    """Print the findings of the paths, `src` when none is named."""
    roots = [Path(argument) for argument in arguments or ["src"]]
    missing = [str(root) for root in roots if not root.exists()]
    if missing:
        sys.stderr.write(f"lints: no such path: {', '.join(missing)}\n")
        return 2
    findings = lint(roots)
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    if findings:
        sys.stderr.write(f"lints: {len(findings)} found\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
