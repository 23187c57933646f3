"""Imports in a process of their own: `python -m bench.importing FILE` takes a file in, and then once more.

Prints for both the seconds, the peak memory of the process so far, and what came of the rows.
"""

import json
import resource
import sys
import time

COUNTS = ("read", "new", "changed", "unchanged", "rejected", "orders", "reasons")


def main(file: str) -> None:
    """Import the file as `commanda import` does; the start of Python and Django is not counted."""
    import django

    django.setup()
    from django.utils.translation import override

    from commanda.intake.services.import_file import import_file
    from commanda.kernel.actor import system_actor

    found = []
    with override("en"):
        for _turn in range(2):
            started = time.perf_counter()
            report = import_file(actor=system_actor("cli"), path=file, source_name="Banc").as_dict()
            seconds = time.perf_counter() - started
            peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            found.append({"seconds": seconds, "peak_mib": peak_mib, **{name: report[name] for name in COUNTS}})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
