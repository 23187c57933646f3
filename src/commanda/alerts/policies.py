from commanda.kernel.visibility import RowScope, classify

# What an alert gives away is settled by its sight (`sights.py`): rows are scoped by it, and no cost is kept in them.
classify("alerts.AlertRule", RowScope.SCOPED)
classify("alerts.Alert", RowScope.SCOPED)
classify("alerts.AlertNotice", RowScope.SCOPED)
classify("alerts.AlertMute", RowScope.SCOPED)
classify("alerts.AlertPreference", RowScope.SCOPED)
