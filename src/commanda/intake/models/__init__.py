from .row import StagedRow
from .run import ImportRun
from .source import Source
from .upload import UploadedSheet

__all__ = ["ImportRun", "Source", "StagedRow", "UploadedSheet"]
