from .row import StagedRow
from .run import ImportRun
from .source import Source

__all__ = ["ImportRun", "Source", "StagedRow"]
