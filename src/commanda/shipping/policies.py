from commanda.kernel.visibility import RowScope, classify

classify("shipping.Carrier", RowScope.REFERENCE)
classify("shipping.Manifest", RowScope.PARENT)
classify("shipping.Parcel", RowScope.SCOPED)
