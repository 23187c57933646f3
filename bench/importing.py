"""One import in a process of its own: `python -m bench.importing FILE` prints seconds, peak memory and the report."""

import json
import resource
import sys
import time


def main(file: str) -> None:
    """Import the file as `commanda import` does; the start of Python and Django is not counted."""
    import django

    django.setup()
    from django.utils.translation import override

    from commanda.intake.services.import_file import import_file
    from commanda.kernel.actor import system_actor

    with override("en"):
        started = time.perf_counter()
        report = import_file(actor=system_actor("cli"), path=file, source_name="Banc").as_dict()
        seconds = time.perf_counter() - started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = {name: report[name] for name in ("read", "new", "changed", "unchanged", "rejected", "orders", "reasons")}
    json.dump({"seconds": seconds, "peak_mib": peak_mib, **counts}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
