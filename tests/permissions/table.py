"""Who gets what at which address: one row per address and method, in the files of `tables`, one for each area.

A new address without a row fails the test.

| word | |
|---|---|
| 200, 403, 404, 405 … | this status |
| in | sent to the sign-in page |
| → | sent elsewhere |
| ok | a write that was let in: done, or refused for what was sent (2xx, 3xx, 400, 409, 415, 422), not for who sent it |

Objects belong to the agent where objects belong to agents; what others get of them stands in `test_foreign.py`.
"""

from functools import cache
from pathlib import Path

TABLES = Path(__file__).with_name("tables")


@cache
def rows() -> dict[tuple[str, str], dict[str, str]]:
    """(address, method) → role → word. Refuses a row that stands twice."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for table in sorted(TABLES.glob("*.txt")):
        head, *lines = [line.split() for line in table.read_text(encoding="utf-8").splitlines() if line.strip()]
        for name, method, *words in lines:
            assert (name, method) not in found, f"{name} {method} stands twice"
            found[name, method] = dict(zip(head[3:], words, strict=True))
    return found
