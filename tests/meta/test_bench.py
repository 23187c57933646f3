"""The measurements themselves: a tiny run of all their parts, so that they cannot rot, and how they judge."""

import subprocess
import sys

import pytest

from bench import sizes
from bench.load import Load
from bench.results import Circumstances, Figure, page
from commanda.config.paths import BASE_DIR

SMALL = ("--orders", "250", "--rows", "40", "--seconds", "0.1", "--clients", "2", "--workers", "1")
# Half of the history is made, half is its copy.
RUN = "import sys, bench.history; bench.history.MOST_MADE = 125; from bench.__main__ import main; sys.exit(main())"
FIGURES = (
    "orders page (50 rows, a filter, tab counts), 1 client",
    "home page of the admin, 1 client",
    "home page of the buyer, 1 client",
    "until figures show a change, at most",
    "create an order by API (client + 2 lines)",
    "confirm by API, over many products",
    "confirm by API, all on one product",
    "import 40 rows (CSV)",
    "import 40 rows (XLSX)",
    "import 40 rows (Google Sheet)",
    "read the same again (Google Sheet)",
    "read with a row more (XLSX)",
)
CIRCUMSTANCES = Circumstances(orders=1, seconds=1, clients=1, workers=1, postgresql="18")


def test_bench_writes_its_page_when_everything_is_small(tmp_path):
    page_file = tmp_path / "RESULTS.md"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            RUN,
            *SMALL,
            "--only",
            "list,home,reports,create,confirm,import",
            "--output",
            str(page_file),
        ],
        check=False,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    text = page_file.read_text(encoding="utf-8")
    missing = [title for title in FIGURES if f"| {title}" not in text]
    assert not missing, text
    assert "all books of `commanda check-books` balanced" in text
    # Stock, deadlocks and statements do not depend on how fast the machine is.
    hot = next(line for line in text.splitlines() if line.startswith("| confirm by API, all on one product"))
    assert "**no**" not in hot or "exactly" not in hot.partition("**no**")[2], hot


def load(*samples):
    return Load(list(samples), [], statements=9, round_trips=12, sql_ms=1, web_cpu_ms=2, database_cpu_ms=1)


def test_only_good_answers_count_when_some_are_refused():
    found = load((0.5, 0.010, 200), (1.0, 0.030, 201), (4.0, 0.001, 409))
    assert found.rate == 2.0
    assert found.percentile(0.5) == pytest.approx(10)
    assert found.percentile(0.95) == pytest.approx(30)
    assert found.count(409) == 1


def create_figure(rate, p95_ms, limit):
    return Figure("create", "create", rate, "/s", limit, {"rate": rate, "p95_ms": p95_ms, "statements": 12.0})


def test_figure_misses_exactly_its_broken_targets_when_judged():
    assert create_figure(300, 50, 2_000).missed == []
    assert [target.name for target in create_figure(300, 61, 4_000).missed] == ["ratio", "p95_ms"]
    assert [target.name for target in create_figure(249, 50, 2_000).missed] == ["rate"]


def test_page_names_what_was_missed_when_a_figure_is_too_slow():
    text = page([create_figure(100, 50, 500)], CIRCUMSTANCES, [])
    assert "| create | 100 /s | 500 /s | 20 % |" in text
    assert "**no**: ≥ 250/s |" in text
    assert "1 figures, 1 with a missed target." in text


def test_larger_shop_is_judged_by_its_best_turn_when_a_turn_was_disturbed(tmp_path, monkeypatch):
    found = {10: iter((20.0, 21.0)), 1000: iter((90.0, 25.0))}

    def measured(shop, size, seconds):
        middle = next(found[size])
        return {key: {"title": key, "p50_ms": middle if key != "search_name" else middle * size} for key in sizes.SIZED}

    monkeypatch.setattr(sizes, "_measured", measured)
    output = tmp_path / "SIZES.md"
    options = ["--sizes", "1000,10", "--output", str(output), "--keep", str(tmp_path), "--turns", "2"]
    assert sizes.main([*options, "--check"]) == 1
    text = output.read_text(encoding="utf-8")
    assert "| create (20.0 / 25.0) | 25.0 ms | 20.0 ms | 1.25 × | ≤ 1.3 × the smallest | yes |" in text
    assert text.count("**no**") == 1
