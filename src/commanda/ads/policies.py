from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("ads.Platform", RowScope.REFERENCE)
classify("ads.AdSpend", RowScope.SCOPED, amount=FieldClass.AD_SPEND, mad_amount=FieldClass.AD_SPEND)
