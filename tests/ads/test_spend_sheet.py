"""Figures out of pasted cells and files: every layout, every dirt, and nothing guessed in silence."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.ads.spend_sheet import PROBLEMS, AccountName, Names, Usual, parse_sheet
from commanda.kernel.text import fold

NAMES = Names(
    products={fold("Montre Atlas"): 1, fold("ATLAS-N"): 1, fold("Sandale été"): 2},
    platforms={"facebook": 11, "meta": 11, "tiktok": 12, "google": 13},
    accounts={fold("Souk Atlas USD"): AccountName(21, 11, "USD"), "1234567": AccountName(21, 11, "USD")},
)
DAY = date(2026, 11, 22)
USUAL = Usual(day=DAY, platform_id=11)


def told(rows, usual=USUAL):
    return [
        (line.spent_on, line.product_id, line.platform_id, str(line.amount), line.currency, line.problems)
        for line in parse_sheet(rows, NAMES, usual)
    ]


def test_list_is_read_when_its_columns_have_names():
    rows = [
        ["Jour", "Plateforme", "Produit", "Montant", "Devise"],
        ["21/11/2026", "Facebook", "montre atlas", "1 234,50", "MAD"],
        ["2026-11-20", "TikTok", "ATLAS-N", "$12.50", ""],
        [datetime.fromisoformat("2026-11-19"), "Meta", "Sandale ete", Decimal("7.5"), "eur"],
        ["", "", "", "", ""],
        ["", "", "Total", "2000", ""],
    ]
    assert told(rows) == [
        (date(2026, 11, 21), 1, 11, "1234.50", "MAD", ()),
        (date(2026, 11, 20), 1, 12, "12.50", "USD", ()),
        (date(2026, 11, 19), 2, 11, "7.50", "EUR", ()),
    ]


def test_list_is_read_when_it_has_no_header():
    rows = [["22/11/2026", "Montre Atlas", "١٢٣٫٥"], ["21/11/2026", "Sandale été", "45 DH"]]
    assert told(rows) == [(DAY, 1, 11, "123.50", "MAD", ()), (date(2026, 11, 21), 2, 11, "45.00", "MAD", ())]
    assert told([["Montre Atlas", "100"]]) == [(DAY, 1, 11, "100.00", "MAD", ())]


def test_grid_is_read_when_platforms_stand_across():
    rows = [["", "Facebook", "TikTok", "Total"], ["Montre Atlas", "100", "", "100"], ["Sandale été", "5,5", "60", "65"]]
    assert told(rows) == [
        (DAY, 1, 11, "100.00", "MAD", ()),
        (DAY, 2, 11, "5.50", "MAD", ()),
        (DAY, 2, 12, "60.00", "MAD", ()),
    ]


def test_export_of_the_ads_manager_is_read_when_it_names_account_and_campaign():
    header = ["Nom du compte", "Jour", "Nom de la campagne", "Montant dépensé (USD)", "Impressions", "Clics (tous)"]
    row = ["Souk Atlas USD", "2026-11-21", "Montre – Femmes", "12.34", "1 234", "56"]
    (line,) = parse_sheet([header, row], NAMES, Usual())
    assert (line.account_id, line.campaign, line.product_id, line.problems) == (21, "Montre – Femmes", None, ())
    assert (line.amount, line.currency, line.impressions_qty, line.clicks_qty) == (Decimal("12.34"), "USD", 1234, 56)
    (line,) = parse_sheet([[*header, "Devise"], [*row, "EUR"]], NAMES, Usual())
    assert line.problems == ("other_currency",)


@pytest.mark.parametrize(
    ("row", "usual", "problem"),
    [
        (["hier", "facebook", "Montre Atlas", "5"], USUAL, "no_date"),
        (["22/11/2099", "facebook", "Montre Atlas", "5"], USUAL, "no_date"),
        (["", "facebook", "Montre Atlas", "5"], Usual(), "no_date"),
        (["21/11/2026", "Radio", "Montre Atlas", "5"], USUAL, "unknown_platform"),
        (["21/11/2026", "", "Montre Atlas", "5"], Usual(), "no_platform"),
        (["21/11/2026", "facebook", "Casquette", "5"], USUAL, "unknown_product"),
        (["21/11/2026", "facebook", "", "5"], USUAL, "no_product"),
        (["21/11/2026", "facebook", "Montre Atlas", "cinq"], USUAL, "bad_amount"),
        (["21/11/2026", "facebook", "Montre Atlas", "-5"], USUAL, "bad_amount"),
        (["21/11/2026", "facebook", "Montre Atlas", "#REF!"], USUAL, "bad_amount"),
    ],
)
def test_row_says_what_is_wrong_when_it_is_not_clear(row, usual, problem):
    (line,) = parse_sheet([["Date", "Plateforme", "Produit", "Montant"], row], NAMES, usual)
    assert line.problems == (problem,)
    assert line.explained


def test_rows_are_marked_when_they_would_overwrite_one_another():
    rows = [["Produit", "Montant"], ["Montre Atlas", "5"], ["ATLAS-N", "6"], ["Sandale été", "7"]]
    assert [line.problems for line in parse_sheet(rows, NAMES, USUAL)] == [("twice",), ("twice",), ()]


cells = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["Facebook", "Montant", "Date", "Produit", "Montre Atlas", "12,5", "22/11/2026", "USD", "Total", ""]
    ),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.dates(),
)


@given(st.lists(st.lists(cells, max_size=6), max_size=8))
def test_parser_never_raises_and_clean_lines_are_whole_when_cells_are_any(rows):
    for line in parse_sheet(rows, NAMES, USUAL):
        assert set(line.problems) <= set(PROBLEMS)
        if not line.problems:
            assert line.spent_on
            assert line.amount is not None
            assert 0 <= line.amount <= 1_000_000
            assert line.account_id or (line.product_id and line.platform_id)


@given(st.decimals(min_value=0, max_value=99_999, places=2), st.sampled_from(["", "MAD", "DH", "USD", "€"]))
def test_amount_is_exact_in_whatever_way_it_is_written(amount, mark):
    grouped = f"{amount:,.2f}"
    french = grouped.replace(",", "\u202f").replace(".", ",")
    arabic = french.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for text in (grouped, french, arabic, str(amount)):
        (line,) = parse_sheet([["Produit", "Montant"], ["Montre Atlas", f"{text} {mark}".strip()]], NAMES, USUAL)
        assert (line.amount, line.problems) == (amount, ())
        assert line.currency == {"": "MAD", "DH": "MAD", "€": "EUR"}.get(mark, mark)
