"""The rows of a reading, put aside on the disk: a sheet of any length takes the memory of a few of its rows."""

import os
import pickle
import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Any, Final

BLOCK_ROWS: Final = 1_000


class Spool:
    """Rows by the place in which they came, from 0, in blocks of a thousand. Fewer rows do not reach the disk.

    The file has no name: nobody else can read it, and it is gone with the process, however that ends. Copies of the
    process may read at the same time, and what is written after they were made, too.
    """

    def __init__(self) -> None:
        self._only: Sequence[Any] = []
        # Where each block begins, and where the next one will.
        self._starts = [0]
        self._file: IO[bytes] | None = None

    def append(self, block: Sequence[Any]) -> tuple[int, int]:
        """Put a block aside; each is full but the last. Where it begins and ends, for `block`."""
        if self._file is None:
            if len(block) < BLOCK_ROWS:
                self._only = block
                return 0, 0
            self._file = tempfile.TemporaryFile(prefix="commanda-rows-", buffering=0)  # noqa: SIM115 - lives with us
        # What we have written ourselves, into a file without a name, is what we read again.
        written = self._file.write(pickle.dumps(block, protocol=pickle.HIGHEST_PROTOCOL))
        self._starts.append(self._starts[-1] + written)
        return self._starts[-2], self._starts[-1]

    def block(self, start: int, end: int) -> Sequence[Any]:
        """The block that begins and ends there."""
        if self._file is None:
            return self._only
        # Not by moving a position in the file, which copies of the process would share.
        rows: list[Any] = pickle.loads(os.pread(self._file.fileno(), end - start, start))  # noqa: S301 - see above
        return rows

    def rows(self, places: Iterable[int]) -> dict[int, Any]:
        """The rows at these places; each block of the file is read once, however they are scattered."""
        found: dict[int, Any] = {}
        number, loaded = -1, self._only
        for place in sorted(places):
            wanted, at = divmod(place, BLOCK_ROWS)
            if wanted != number and self._file is not None:
                number, loaded = wanted, self.block(*self._starts[wanted : wanted + 2])
            found[place] = loaded[at]
        return found
