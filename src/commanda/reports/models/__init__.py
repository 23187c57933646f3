from .schedule import ReportSchedule
from .sending import ReportSending

__all__ = ["ReportSchedule", "ReportSending"]
