"""A process that takes deliveries in and stops in the middle of its second chunk, waiting to be killed.

Run by `test_hook_race.py`: python hook_child.py SOURCE
"""

import sys
import time
from itertools import count
from typing import Any


def main(source_id: int) -> None:
    """Take in by chunks of twenty; after the orders of the second say so and wait, the transaction open."""
    import django

    django.setup()
    from commanda.intake.services import run_import, write_rows
    from commanda.intake.services.hooks_take_in import take_in_deliveries
    from commanda.kernel.actor import system_actor

    create_in_bulk, calls = write_rows.create_in_bulk, count(1)

    def create_and_wait(**arguments: Any) -> Any:
        orders = create_in_bulk(**arguments)
        if next(calls) == 2:
            print("in the middle", flush=True)
            time.sleep(60)
        return orders

    write_rows.create_in_bulk = create_and_wait
    run_import.CHUNK = 20
    take_in_deliveries(actor=system_actor("test"), source_id=source_id)


if __name__ == "__main__":
    main(int(sys.argv[1]))
