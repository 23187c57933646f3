"""The server's log file: kept small, and read to say why a start failed."""

import re
from pathlib import Path
from typing import IO

from commanda.config import embedded_errors as errors

KEEP_BYTES = 10 * 1024**2
ORPHANS = "pre-existing shared memory block"
REASONS = re.compile(r"(?:FATAL|PANIC|error):\s+(.*)")


class ServerLog:
    """`postgres.log` in the data directory; the reason of a failure is looked for after the last start."""

    def __init__(self, path: Path, data: Path) -> None:
        self.path = path
        self.data = data
        self._from = 0

    def turn_over(self) -> None:
        """Keep one older log when this one has grown big."""
        if self.path.exists() and self.path.stat().st_size > KEEP_BYTES:
            self.path.replace(self.path.with_suffix(".log.1"))

    def open(self) -> IO[bytes]:
        """Open for appending; what is written from here on counts as the new start."""
        output = self.path.open("ab")
        self._from = output.tell()
        return output

    def append(self, text: str) -> None:
        """Write the output of another program, such as initdb."""
        with self.open() as output:
            output.write(text.encode())

    def tells_of_orphans(self) -> bool:
        """True when processes of a killed server still hold its memory."""
        return ORPHANS in self._since_start()

    def why(self, text: str = "") -> errors.EmbeddedError:
        """The error that the log (or `text`) of the last start tells of."""
        text = text or self._since_start()
        if "No space left on device" in text or "Disk quota exceeded" in text:
            return errors.DiskFull(self.data.parent, 0, 150)
        if "database files are incompatible" in text or "is not a valid data directory" in text:
            return errors.Corrupt(self.data, "made by another program")
        reasons = REASONS.findall(text)
        reason = reasons[-1] if reasons else "it ended without a word."
        if "checkpoint record" in text or "invalid data in file" in text or "could not open file" in text:
            return errors.Corrupt(self.data, reason)
        if "Permission denied" in text or "permission denied" in text:
            return errors.NotWritable(self.data, reason)
        return errors.StartFailed(reason.rstrip(".") + ".", self.path)

    def _since_start(self) -> str:
        try:
            with self.path.open("rb") as log:
                log.seek(self._from)
                return log.read().decode(errors="replace")
        except OSError:
            return ""
