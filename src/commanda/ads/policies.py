from commanda.kernel.secrets_box import holds_sealed
from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("ads.Platform", RowScope.REFERENCE)
classify("ads.AdAccount", RowScope.SCOPED, secret=FieldClass.SECRET)
classify("ads.Campaign", RowScope.SCOPED)
classify("ads.CampaignRule", RowScope.SCOPED)
classify("ads.CampaignAlias", RowScope.INTERNAL)
classify("ads.AdSpend", RowScope.SCOPED, amount=FieldClass.AD_SPEND, mad_amount=FieldClass.AD_SPEND)
classify("ads.SpendRun", RowScope.SCOPED)
classify("ads.ExchangeRate", RowScope.REFERENCE)
classify("ads.SpendTarget", RowScope.SCOPED, amount=FieldClass.AD_SPEND)

holds_sealed("ads.AdAccount", "secret")
