from commanda.kernel.visibility import RowScope, classify

classify("reports.ReportSchedule", RowScope.SCOPED)
classify("reports.ReportSending", RowScope.SCOPED)
