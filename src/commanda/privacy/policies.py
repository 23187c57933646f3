from commanda.kernel.visibility import RowScope, classify

# Ids only: no name and no phone stands in the log.
classify("privacy.Access", RowScope.SCOPED)
