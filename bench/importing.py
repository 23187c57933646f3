"""Imports in a process of their own: `python -m bench.importing KIND FILE …` takes a source in, and then once more.

KIND is `file` (CSV or XLSX, and a longer one for a third turn) or `sheet`; the file of a sheet holds the key and the id
of the spreadsheet. Prints for each turn the seconds, and what came of the rows.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from commanda.kernel.garbage import loading

COUNTS = ("read", "new", "changed", "unchanged", "rejected", "orders")


def main(kind: str, *files: str) -> None:
    """Import as the worker does; the start of Python and Django is not counted."""
    with loading():
        import django

        django.setup()
        from django.utils.translation import override

    found = []
    with override("en"):
        take_in = _sheet if kind == "sheet" else _file
        for file in (files[0], *files):
            started = time.perf_counter()
            counts = take_in(Path(file))
            seconds = time.perf_counter() - started
            found.append({"seconds": seconds, **counts})
    json.dump(found, sys.stdout)


def _file(file: Path) -> dict[str, Any]:
    """By `commanda import`."""
    from commanda.intake.services.import_file import import_file
    from commanda.kernel.actor import system_actor

    report = import_file(actor=system_actor("cli"), path=file, source_name=f"Banc {file.suffix}").as_dict()
    return {name: report[name] for name in COUNTS}


def _sheet(file: Path) -> dict[str, Any]:
    """By a reading that somebody asked for, through the real client of Google."""
    from commanda.intake.models import Source
    from commanda.intake.services.poll_source import poll_source
    from commanda.kernel.actor import system_actor
    from commanda.kernel.secrets_box import seal
    from commanda.orders.models import Store

    told = json.loads(file.read_text(encoding="utf-8"))
    source, _is_new = Source.objects.get_or_create(
        name="Banc Google",
        defaults={
            "kind": Source.Kind.SHEET_API,
            "store": Store.objects.order_by("pk")[0],
            "secret": seal(told["key"]),
            "options": {"spreadsheet_id": told["spreadsheet"]},
        },
    )
    run = poll_source(actor=system_actor("import"), source_id=source.pk, is_forced=True)
    assert run is not None
    counts = {name: getattr(run, f"{name}_qty") for name in COUNTS if name != "orders"}
    return {**counts, "orders": run.order_qty}


if __name__ == "__main__":
    main(*sys.argv[1:])
