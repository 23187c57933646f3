from commanda.kernel.visibility import RowScope, classify

classify("audit.Event", RowScope.PARENT)
