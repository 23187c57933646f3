"""A process that polls a connected sheet or writes back to it, with the real client over the network.

python write_back_child.py poll|write SOURCE_ID [slow]: `slow` waits in the middle of its work, to be killed there.
"""

import sys
import time
from typing import Any


def main(task: str, source_id: str, speed: str = "") -> None:
    import django

    django.setup()
    from commanda.intake import write_back as rules
    from commanda.intake.readers.sheet_editor import SheetEditor
    from commanda.intake.services import run_import, write_back, write_rows
    from commanda.intake.services.poll_source import poll_source
    from commanda.kernel.actor import system_actor

    run_import.CHUNK = 20
    rules.ROWS_PER_BATCH = 20
    if speed == "slow":
        place: Any = SheetEditor if task == "write" else write_rows
        name = "write" if task == "write" else "create_in_bulk"
        setattr(place, name, _slowly(getattr(place, name)))
    if task == "poll":
        poll_source(actor=system_actor("import"), source_id=int(source_id), is_forced=True)
    else:
        write_back.write_back(actor=system_actor("write_back"), source_id=int(source_id), is_forced=True)
    print("done", flush=True)


def _slowly(act: Any) -> Any:
    """The second time it is done, say so and wait to be killed."""
    times = []

    def acting(*args: Any, **more: Any) -> Any:
        done = act(*args, **more)
        times.append(1)
        if len(times) == 2:
            print("in the middle", flush=True)
            time.sleep(60)
        return done

    return acting


if __name__ == "__main__":
    main(*sys.argv[1:])
