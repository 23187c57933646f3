from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("customers.Zone", RowScope.REFERENCE)
classify("customers.City", RowScope.REFERENCE)
classify("customers.CityAlias", RowScope.REFERENCE)
classify(
    "customers.Customer",
    RowScope.SCOPED,
    phone_e164=FieldClass.PERSONAL,
    phone2_e164=FieldClass.PERSONAL,
    name=FieldClass.PERSONAL,
    address=FieldClass.PERSONAL,
    note=FieldClass.PERSONAL,
)
