"""Only one `commanda up` per data directory, and the next one tidies up behind one that was killed."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from commanda.config.cli_errors import CliError
from commanda.config.processes import end_group, is_ours

NAME = "up.lock"


class UpLock:
    """Holds `data_dir/up.lock`, which says who runs, where it answers, and the group of its children."""

    def __init__(self, data_dir: Path, address: str) -> None:
        """Take the lock; raises CliError when another `up` holds it."""
        self._file: IO[str] = (data_dir / NAME).open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = self._read()
            self._file.close()
            raise CliError(
                f"Commanda is already running with the data in {data_dir} (process {other.get('pid', '?')}, "
                f"{other.get('address', 'no address yet')}). End it with Ctrl-C there, or give "
                "this one another COMMANDA_DATA_DIR and --port."
            ) from None
        self._end_leftovers()
        self._address = address
        self.note(group=None)

    def note(self, *, group: int | None) -> None:
        """Write down the process group of the children."""
        self._write({"pid": os.getpid(), "address": self._address, "group": group})

    def release(self) -> None:
        """Say that all has ended well, and let the next one in."""
        self._write({})
        self._file.close()

    def _end_leftovers(self) -> None:
        """End children of a killed predecessor that have not noticed yet."""
        group = self._read().get("group")
        if isinstance(group, int) and is_ours(group):
            end_group(group, seconds=5.0)

    def _read(self) -> dict[str, object]:
        self._file.seek(0)
        try:
            content = json.loads(self._file.read() or "{}")
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def _write(self, content: dict[str, object]) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps(content))
        self._file.flush()
