"""A process that imports a file in small chunks, to be killed by whoever started it.

Run by the tests of imports: python -m tests.concurrency.import_child FILE CHUNK ALONE [STOP]. Takes CHUNK rows at a
time, more than ALONE rows in two copies of itself. Tells each chunk; with STOP it tells none, but who takes in a STOPth
chunk tells its process id in the middle of it, and waits to be killed.
"""

import os
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any


def main(path: str, chunk: str, alone: str, stop: str = "") -> None:
    """Import the file; see above."""
    import django

    django.setup()
    from commanda.intake.services import run_import
    from tests.concurrency.import_processes import import_when_free

    run_import.CHUNK, run_import.ALONE = int(chunk), int(alone)  # type: ignore[misc]
    if stop:
        stop_in(int(stop))
    else:
        tell_each_chunk()
    import_when_free(Path(path))


def stop_in(chunk: int) -> None:
    """After the orders of that chunk tell the process id and wait, the transaction open."""
    from commanda.intake.services import write_rows

    create_in_bulk, calls = write_rows.create_in_bulk, count(1)

    def create_and_wait(**arguments: Any) -> Any:
        orders = create_in_bulk(**arguments)
        if next(calls) == chunk:
            print(os.getpid(), flush=True)
            time.sleep(60)
        return orders

    write_rows.create_in_bulk = create_and_wait


def tell_each_chunk() -> None:
    """Say "chunk" whenever one was committed."""
    from commanda.intake.services.write_rows import Writer

    write = Writer.write

    def write_and_tell(self: Any, *arguments: Any) -> Any:
        outcome = write(self, *arguments)
        os.write(sys.stdout.fileno(), b"chunk\n")  # at once, or the copies' lines would run into each other
        return outcome

    Writer.write = write_and_tell  # type: ignore[method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
