from commanda.kernel.visibility import RowScope, classify

classify("confirmation.Outcome", RowScope.REFERENCE)
classify("confirmation.CallPolicy", RowScope.REFERENCE)
classify("confirmation.RetryStep", RowScope.REFERENCE)
classify("confirmation.StoreHours", RowScope.REFERENCE)
classify("confirmation.Holiday", RowScope.REFERENCE)
classify("confirmation.AssignmentRule", RowScope.REFERENCE)
classify("confirmation.AgentProfile", RowScope.PARENT)
classify("confirmation.Call", RowScope.SCOPED)
classify("confirmation.QueueEntry", RowScope.PARENT)
classify("confirmation.Lease", RowScope.INTERNAL)
classify("confirmation.Presence", RowScope.PARENT)
