"""What columns of a sheet of ad spend are called: our own words and those of the platforms' exports, all folded."""

from typing import Final

from commanda.kernel.text import fold

_WORDS: Final = {
    "date": "date|jour|day|date du jour|debut des rapports|reporting starts|by day|par jour|"
    "التاريخ|تاريخ|اليوم|stat time day",
    "platform": "platform|plateforme|plate forme|reseau|source|المنصة|منصة",
    "account": "account|compte|account name|nom du compte|ad account|compte publicitaire|"
    "advertiser|advertiser name|الحساب|account id|id du compte|advertiser id",
    "campaign": "campaign|campagne|campaign name|nom de la campagne|nom campagne|الحملة|اسم الحملة",
    "campaign_id": "campaign id|id de la campagne|identifiant de la campagne|id campagne|رقم الحملة",
    "product": "product|produit|article|nom du produit|product name|المنتج|المنتوج|اسم المنتج|sku|reference",
    "amount": "amount|montant|depense|depenses|spend|spent|cost|cout|budget depense|amount spent|montant depense|"
    "total cost|المبلغ|الانفاق|المصروف|المصاريف",
    "currency": "currency|devise|monnaie|العملة|account currency",
    "impressions": "impressions|impression|الظهور",
    "clicks": "clicks|clics|clics tous|clicks all|النقرات",
}
FIELD_OF: Final = {fold(word): name for name, text in _WORDS.items() for word in text.split("|")}
TOTALS: Final = frozenset(
    map(fold, ("total", "totaux", "total general", "grand total", "somme", "المجموع", "الاجمالي"))
)


def field_of(header: str) -> tuple[str, str]:
    """(field, currency) that a column's name stands for: "Amount spent (USD)" is (amount, USD); ("", "") for others."""
    folded = fold(header)
    if folded in FIELD_OF:
        return FIELD_OF[folded], ""
    first, _, last = folded.rpartition(" ")
    if len(last) == 3 and last.isascii() and FIELD_OF.get(first) == "amount":
        return "amount", last.upper()
    return "", ""
