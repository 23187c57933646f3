from commanda.kernel.secrets_box import holds_sealed
from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("accounts.Role", RowScope.REFERENCE)
classify("accounts.User", RowScope.SCOPED, password=FieldClass.SECRET)
classify("accounts.ApiKey", RowScope.SCOPED, digest=FieldClass.SECRET)
classify("accounts.AnsweredRequest", RowScope.INTERNAL)
# Those of authenticator apps and recovery codes.
holds_sealed("mfa.Authenticator", "data__secret", "data__seed")
