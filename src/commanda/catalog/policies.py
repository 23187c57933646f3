from commanda.kernel.visibility import RowScope, classify

classify("catalog.Category", RowScope.REFERENCE)
classify("catalog.Product", RowScope.SCOPED)
classify("catalog.Variant", RowScope.SCOPED)
classify("catalog.BundleComponent", RowScope.PARENT)
classify("catalog.Offer", RowScope.PARENT)
classify("catalog.Alias", RowScope.PARENT)
