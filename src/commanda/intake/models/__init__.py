from .delivery import HookDelivery
from .row import StagedRow
from .run import ImportRun
from .source import Source
from .upload import UploadedSheet

__all__ = ["HookDelivery", "ImportRun", "Source", "StagedRow", "UploadedSheet"]
