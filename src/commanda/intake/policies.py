from commanda.kernel.secrets_box import holds_sealed
from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("intake.Source", RowScope.SCOPED, secret=FieldClass.SECRET, hook_secret=FieldClass.SECRET)
classify("intake.HookDelivery", RowScope.SCOPED, body=FieldClass.PERSONAL)
classify("intake.ImportRun", RowScope.SCOPED)
classify("intake.StagedRow", RowScope.SCOPED, cells=FieldClass.PERSONAL, corrections=FieldClass.PERSONAL)
classify("intake.UploadedSheet", RowScope.SCOPED, file=FieldClass.PERSONAL)
classify("intake.Mending", RowScope.SCOPED, options=FieldClass.PERSONAL, refusals=FieldClass.PERSONAL)

holds_sealed("intake.Source", "secret", "hook_secret")
