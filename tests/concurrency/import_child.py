"""A process that imports a file and stops in the middle of its third chunk, waiting to be killed.

Run by `test_import_race.py`: python import_child.py FILE
"""

import sys
import time
from itertools import count
from typing import Any


def main(path: str) -> None:
    """Import the file in chunks of twenty; after the orders of the third say so and wait, the transaction open."""
    import django

    django.setup()
    from commanda.intake.services import run_import, write_rows
    from commanda.intake.services.import_file import import_file
    from commanda.kernel.actor import system_actor

    create_in_bulk, calls = write_rows.create_in_bulk, count(1)

    def create_and_wait(**arguments: Any) -> Any:
        orders = create_in_bulk(**arguments)
        if next(calls) == 3:
            print("in the middle", flush=True)
            time.sleep(60)
        return orders

    write_rows.create_in_bulk = create_and_wait
    run_import.CHUNK = 20
    import_file(actor=system_actor("test"), path=path)


if __name__ == "__main__":
    main(sys.argv[1])
