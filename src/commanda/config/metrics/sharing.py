"""One directory in which the processes of a web server count together (prometheus_client's multiprocess mode)."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from commanda.config.embedded_process import is_alive

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_values() -> Iterator[Mapping[str, str]]:
    """The environment for processes that count together; ours has it as well, for those forked from us.

    prometheus_client must not be imported before. A directory that the environment names already is used as it is:
    `commanda up` gives one to all its children.
    """
    given = os.environ.get(VARIABLE)
    if given:
        yield {VARIABLE: given}
        return
    with tempfile.TemporaryDirectory(prefix="commanda-metrics-") as directory:
        os.environ[VARIABLE] = directory
        try:
            yield {VARIABLE: directory}
        finally:
            del os.environ[VARIABLE]


def forget_the_dead(directory: Path) -> None:
    """Drop what only a living process can say, of those that are gone: a killed one could not do it itself."""
    for file in directory.glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit() and not is_alive(int(number)):
            file.unlink(missing_ok=True)
