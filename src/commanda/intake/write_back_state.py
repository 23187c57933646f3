"""How a source's sheet is written back to: the choice, and how it goes. Kept in `Source.options["write_back"]`."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

from commanda.intake.failures import explain
from commanda.intake.models import Source
from commanda.intake.write_back import FIELDS
from commanda.kernel.clock import now

OPTION: Final = "write_back"
# The sheet is compared as a whole at least so often, whatever has changed here or there.
COMPARED_EVERY: Final = timedelta(hours=6)


@dataclass(frozen=True)
class WriteBack:
    """`columns` are the headers of our columns by field; `gid` the tab that was chosen, whatever it is called.

    Instants are ISO texts, "" for never. `compared_at` is when the sheet last agreed with the orders, `written_at` when
    something was last written and `written_qty` in how many rows; `missing_qty` orders have no row there any more.
    """

    is_on: bool = False
    columns: dict[str, str] = field(default_factory=dict)
    language: str = "fr"
    spreadsheet_id: str = ""
    gid: int = 0
    compared_at: str = ""
    written_at: str = ""
    written_qty: int = 0
    missing_qty: int = 0
    error_code: str = ""
    error_params: dict[str, Any] = field(default_factory=dict)
    failures_qty: int = 0
    next_at: str = ""

    @classmethod
    def of(cls, source: Source) -> "WriteBack":
        """What is stored with the source; settings this version does not know are left out."""
        stored = source.options.get(OPTION) or {}
        known = {each.name for each in fields(cls)}
        state = cls(**{name: value for name, value in stored.items() if name in known})
        # The database keeps no order of keys.
        return replace(state, columns={name: state.columns[name] for name in FIELDS if name in state.columns})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def error(self) -> str:
        """What went wrong, and what to do."""
        return explain(self.error_code, self.error_params)

    @property
    def last_written_at(self) -> datetime | None:
        return instant(self.written_at)

    @property
    def last_compared_at(self) -> datetime | None:
        return instant(self.compared_at)

    @property
    def next_try_at(self) -> datetime | None:
        return instant(self.next_at)

    @property
    def is_resting(self) -> bool:
        """It failed lately, and the time to try again has not come."""
        return self.next_try_at is not None and self.next_try_at > now()

    @property
    def is_stale(self) -> bool:
        """The sheet has not been compared for long."""
        return self.last_compared_at is None or now() - self.last_compared_at > COMPARED_EVERY


def instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
