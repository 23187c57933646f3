from commanda.kernel.visibility import RowScope, classify

classify("confirmation.Outcome", RowScope.REFERENCE)
classify("confirmation.CallPolicy", RowScope.REFERENCE)
classify("confirmation.RetryStep", RowScope.REFERENCE)
classify("confirmation.Call", RowScope.SCOPED)
classify("confirmation.QueueEntry", RowScope.PARENT)
classify("confirmation.Lease", RowScope.INTERNAL)
classify("confirmation.Presence", RowScope.PARENT)
