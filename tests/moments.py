"""Moments at which tests take place."""

from datetime import datetime
from typing import Final

from commanda.kernel.clock import CASABLANCA

# Within the hours in which clients are called.
MONDAY: Final = datetime(2026, 11, 23, 11, tzinfo=CASABLANCA)
