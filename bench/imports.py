"""New orders taken in from a CSV, a workbook and a sheet, read again, and the same rows by a bare COPY."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench import sheets
from bench.house import House, memory_mib
from bench.limits import Limits
from bench.load import Site
from bench.results import Figure

KINDS = {"": ("CSV", sheets.as_csv), "_xlsx": ("XLSX", sheets.as_xlsx), "_sheet": ("Google Sheet", sheets.in_google)}
MOST_REJECTED = 0.03
# How often the memory of an import and of its copies is looked at.
MEMORY_SECONDS = 0.5
# Of a handful of rows chance may break a few more.
FEW_REJECTED = 5
# Rows of one order; the row more may complete the last one.
LONGEST_ORDER = 9


def take_in(site: Site, limits: Limits, *, rows: int) -> Iterator[Figure]:
    """Import rows of each kind for the first time, then again; each in a process of its own."""
    for ending, (title, make) in KINDS.items():
        with make(site.house.directory, rows) as sheet:
            first_order = _next_order(site.house)
            first, again, *longer = _import(site.house, sheet)
        _prove(first, again, rows)
        copied = limits.copy_seconds(first_order)
        rate = rows / first["seconds"]
        yield Figure(
            f"import{ending}",
            f"import {rows:,} rows ({title})",
            first["seconds"],
            "s",
            copied,
            {"rate": rate, "peak_mib": first["peak_mib"]},
            note=f"{rate:,.0f} rows/s, peak {first['peak_mib']:.0f} MiB; the limit is COPY",
            is_shorter_better=True,
        )
        yield _again(f"import_again{ending}", f"read the same again ({title})", again, first)
        for each in longer:
            _prove_longer(each, rows)
            yield _again(f"import_longer{ending}", f"read with a row more ({title})", each, first)
    _follow()


def _again(key: str, title: str, again: dict[str, Any], first: dict[str, Any]) -> Figure:
    share = again["seconds"] / first["seconds"]
    note = f"{share * 100:.0f} % of the first"
    return Figure(key, title, again["seconds"], "s", values={"of_first": share}, note=note)


def _follow() -> None:
    """Add to the kept sums what the imports have changed: a worker would have done so meanwhile, and here is none."""
    from commanda.insights.services.keep import keep_sums

    while keep_sums():
        pass


def _prove(first: dict[str, Any], again: dict[str, Any], rows: int) -> None:
    most = max(rows * MOST_REJECTED, FEW_REJECTED)
    if first["read"] != rows or first["new"] + first["rejected"] != rows or first["rejected"] > most:
        raise RuntimeError(f"the import lost or refused rows: {first}")
    if again["read"] != rows or again["new"] or again["changed"] or again["orders"]:
        raise RuntimeError(f"the second import changed something: {again}")


def _prove_longer(longer: dict[str, Any], rows: int) -> None:
    """The row more is an order of its own, or one more line of the last."""
    if longer["read"] != rows + 1 or longer["new"] + longer["changed"] > LONGEST_ORDER:
        raise RuntimeError(f"the longer import changed more than a row: {longer}")


def _next_order(house: House) -> int:
    with house.connect() as connection:
        found = connection.execute("SELECT max(id) + 1 FROM orders_order").fetchone()
    return int(found[0]) if found else 1


def _import(house: House, sheet: sheets.Sheet) -> list[dict[str, Any]]:
    files = [str(file) for file in (sheet.file, sheet.longer) if file is not None]
    line = [sys.executable, "-m", "bench.importing", sheet.kind, *files]
    environment = house.environment | sheet.environment
    process = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak_mib = 0.0
    while True:
        try:
            told, complaints = process.communicate(timeout=MEMORY_SECONDS)
            break
        except subprocess.TimeoutExpired:
            peak_mib = max(peak_mib, memory_mib(process.pid))
    if process.returncode != 0:
        raise RuntimeError(f"the import failed: {complaints[-2000:]}")
    found: list[dict[str, Any]] = json.loads(told)
    return [turn | {"peak_mib": peak_mib} for turn in found]
