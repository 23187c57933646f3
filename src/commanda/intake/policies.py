from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("intake.Source", RowScope.SCOPED, secret=FieldClass.SECRET)
classify("intake.ImportRun", RowScope.SCOPED)
classify("intake.StagedRow", RowScope.SCOPED, cells=FieldClass.PERSONAL, corrections=FieldClass.PERSONAL)
classify("intake.UploadedSheet", RowScope.SCOPED, file=FieldClass.PERSONAL)
