"""A process that imports a file in small chunks, to be killed by whoever started it.

Run by the tests of imports: python import_child.py FILE [CHUNK]. Without CHUNK it takes twenty rows at a time and
stops in the middle of its third chunk, waiting to be killed; with it it goes on to the end and tells each chunk.
"""

import sys
import time
from itertools import count
from typing import Any


def main(path: str, chunk: str = "") -> None:
    """Import the file; see above."""
    import django

    django.setup()
    from commanda.intake.services import run_import
    from commanda.intake.services.import_file import import_file
    from commanda.kernel.actor import system_actor

    run_import.CHUNK = int(chunk or 20)
    if chunk:
        tell_each_chunk()
    else:
        stop_in_the_third()
    import_file(actor=system_actor("test"), path=path)


def stop_in_the_third() -> None:
    """After the orders of the third chunk say so and wait, the transaction open."""
    from commanda.intake.services import write_rows

    create_in_bulk, calls = write_rows.create_in_bulk, count(1)

    def create_and_wait(**arguments: Any) -> Any:
        orders = create_in_bulk(**arguments)
        if next(calls) == 3:
            print("in the middle", flush=True)
            time.sleep(60)
        return orders

    write_rows.create_in_bulk = create_and_wait


def tell_each_chunk() -> None:
    """Say "chunk" whenever one was committed."""
    from commanda.intake.services.write_rows import Writer

    write = Writer.write

    def write_and_tell(self: Any, *arguments: Any) -> None:
        write(self, *arguments)
        print("chunk", flush=True)

    Writer.write = write_and_tell  # type: ignore[method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
