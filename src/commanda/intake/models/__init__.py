from .delivery import HookDelivery
from .mending import Mending
from .row import StagedRow
from .run import ImportRun
from .source import Source
from .upload import UploadedSheet

__all__ = ["HookDelivery", "ImportRun", "Mending", "Source", "StagedRow", "UploadedSheet"]
