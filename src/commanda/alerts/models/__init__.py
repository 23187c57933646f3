from .alert import Alert, AlertNotice
from .personal import AlertMute, AlertPreference
from .rule import AlertRule

__all__ = ["Alert", "AlertMute", "AlertNotice", "AlertPreference", "AlertRule"]
