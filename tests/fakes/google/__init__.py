"""Google's token endpoint, Sheets, Drive and CSV export on loopback, with faults at will."""

from tests.fakes.google.keys import make_key_file
from tests.fakes.google.server import running
from tests.fakes.google.state import FakeGoogle, Fault, Spreadsheet, Tab

__all__ = ["FakeGoogle", "Fault", "Spreadsheet", "Tab", "make_key_file", "running"]
