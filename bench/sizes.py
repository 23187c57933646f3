"""`python -m bench.sizes`: what the same costs in a small shop and in a large one; writes SIZES.md.

Shops of each size are measured in turn, several times, by `python -m bench`, and the turn counts in which the machine
disturbed each least. With --check exit 1 when the largest costs more than its target allows.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.results import Figure, table
from bench.targets import SIZED

FILE = Path(__file__).with_name("SIZES.md")
SIZES = (10_000, 100_000, 1_000_000)
GROUPS = "list,search,create,confirm"
Values = dict[str, dict[str, Any]]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="commanda-sizes-") as made:
        shops = options.keep or Path(made)
        turns = [
            {size: _measured(shops / str(size), size, options.seconds) for size in options.sizes}
            for _turn in range(options.turns)
        ]
    figures = list(_figures(turns, options.sizes))
    sizes = ", ".join(f"{size:,}" for size in options.sizes)
    text = "\n".join(
        [
            "# What the same costs in a larger shop",
            "",
            f"Written by `make sizes`. The middle of the durations at {sizes} orders of history, the least of",
            f"{options.turns} turns of {options.seconds:g} s each; eight clients create and confirm, one looks.",
            "",
            *table(figures, limit=f"at {options.sizes[0]:,}"),
            "",
        ]
    )
    options.output.write_text(text, encoding="utf-8")
    print(f"\n{text}\nWritten to {options.output}", flush=True)
    return 1 if options.check and any(figure.missed for figure in figures) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.sizes", description="What the same costs in a larger shop")
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="orders of history (default 10000,100000,1000000)")
    parser.add_argument("--turns", type=int, default=4, help="how often each shop is measured (default 4)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement (default 4)")
    parser.add_argument("--keep", type=Path, help="a directory whose shops outlive the run, for the next one")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a target is missed")
    parser.add_argument("--output", type=Path, default=FILE, help="where the results go (default bench/SIZES.md)")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(map(int, text.split(","))))


def _measured(shop: Path, size: int, seconds: float) -> Values:
    """The values of one shop, which is made if it is not there."""
    shop.mkdir(parents=True, exist_ok=True)
    told = shop / "values.json"
    line = [sys.executable, "-m", "bench", "--keep", str(shop), "--orders", str(size), "--only", GROUPS]
    line += ["--seconds", str(seconds), "--output", str(shop / "results.md"), "--values", str(told)]
    print(f"{size:,} orders …", flush=True)
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    found: Values = json.loads(told.read_text(encoding="utf-8"))
    return found


def _figures(turns: Sequence[dict[int, Values]], sizes: Sequence[int]) -> Iterable[Figure]:
    for key in SIZED:
        middles = [min(turn[size][key]["p50_ms"] for turn in turns) for size in sizes]
        yield Figure(
            f"{key}_by_size",
            turns[0][sizes[0]][key]["title"],
            middles[-1],
            "ms",
            middles[0],
            note=" / ".join(f"{middle:.1f}" for middle in middles),
            is_shorter_better=True,
        )


if __name__ == "__main__":
    sys.exit(main())
