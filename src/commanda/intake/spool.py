"""The rows of a reading, put aside on the disk: a sheet of any length takes the memory of a few of its rows."""

import os
import pickle
import tempfile
from collections.abc import Iterable
from typing import IO, Any, Final

_BLOCK_ROWS: Final = 1_000


class Spool:
    """Rows by the place in which they came, from 0. Nothing reaches the disk below a thousand rows.

    The file has no name: nobody else can read it, and it is gone with the process, however that ends. Copies of the
    process may read at the same time.
    """

    def __init__(self) -> None:
        self._block: list[Any] = []
        # Where each block begins, and where the next one will.
        self._starts = [0]
        self._file: IO[bytes] | None = None

    def append(self, row: Any) -> None:
        self._block.append(row)
        if len(self._block) == _BLOCK_ROWS:
            self._put_away()

    def rows(self, places: Iterable[int]) -> dict[int, Any]:
        """The rows at these places; each block of the file is read once, however they are scattered."""
        found: dict[int, Any] = {}
        block, loaded = -1, self._block
        for place in sorted(places):
            number, at = divmod(place, _BLOCK_ROWS)
            if number != block:
                block, loaded = number, self._load(number)
            found[place] = loaded[at]
        return found

    def _put_away(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="commanda-rows-", buffering=0)  # noqa: SIM115 - lives with us
        # What we have written ourselves, into a file without a name, is what we read again.
        written = self._file.write(pickle.dumps(self._block, protocol=pickle.HIGHEST_PROTOCOL))
        self._starts.append(self._starts[-1] + written)
        self._block = []

    def _load(self, number: int) -> list[Any]:
        if self._file is None or number == len(self._starts) - 1:
            return self._block
        start, end = self._starts[number : number + 2]
        # Not by moving a position in the file, which copies of the process would share.
        rows: list[Any] = pickle.loads(os.pread(self._file.fileno(), end - start, start))  # noqa: S301 - see above
        return rows
