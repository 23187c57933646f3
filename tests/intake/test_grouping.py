"""Rows into orders: all three multi-item shapes, totals once."""

from decimal import Decimal
from typing import Any

import pytest

from commanda.intake.clean_row import CleanItem, CleanRow
from commanda.intake.cleaning import clean_row
from commanda.intake.grouping import SheetOrder, group_rows
from tests.intake.test_cleaning import CONTEXT, GOOD

MONTRE, SAC = "Montre Atlas", "Sac Zellij Rouge"


def rows(*changes: dict[str, Any]) -> list[CleanRow]:
    return [clean_row({**GOOD, **change}, CONTEXT, row_number=number) for number, change in enumerate(changes, 2)]


def blank(**cells: Any) -> dict[str, Any]:
    """A further line as Shopify writes it: order number and item only."""
    return {**dict.fromkeys(GOOD, ""), "external_id": "CM-1", **cells}


def only(orders: list[SheetOrder]) -> SheetOrder:
    (order,) = orders
    return order


def items(order: SheetOrder) -> list[tuple[int | None, int]]:
    return [(item.variant_id, item.quantity) for item in order.items]


def codes(order: SheetOrder) -> list[str]:
    return [problem.code for problem in order.problems]


def test_each_row_is_an_order_when_numbers_differ_or_lack() -> None:
    orders = group_rows(rows({}, {"external_id": "CM-2"}, {"external_id": ""}, {"external_id": ""}))
    assert [order.row_numbers for order in orders] == [(2,), (3,), (4,), (5,)]


def test_rows_become_one_order_when_order_fields_are_repeated() -> None:
    order = only(group_rows(rows({"total_price": "498"}, {"product": SAC, "total_price": "498", "quantity": "2"})))
    assert items(order) == [(1, 1), (2, 2)]
    assert order.total_amount == Decimal("498.00")
    assert order.row_numbers == (2, 3)
    assert not order.problems


def test_rows_are_found_when_other_orders_stand_between() -> None:
    orders = group_rows(rows({}, {"external_id": "CM-2"}, {"product": SAC, "total_price": ""}))
    assert [order.row_numbers for order in orders] == [(2, 4), (3,)]


def test_continuation_rows_join_when_shopify_leaves_order_fields_blank() -> None:
    first = {"unit_price": "199", "total_price": "533"}
    order = only(group_rows(rows(first, blank(product=SAC, quantity="1", unit_price="299"))))
    assert items(order) == [(1, 1), (2, 1)]
    assert order.total_amount == Decimal("533.00")
    assert not order.problems
    assert order.head.name == "Amine Tahiri"
    prices = order.prices()
    assert prices.unit_amounts == (Decimal("199.00"), Decimal("299.00"))
    assert (prices.discount_amount, prices.delivery_amount) == (Decimal("0.00"), Decimal("35.00"))


def test_continuation_row_may_come_first_when_the_sheet_is_sorted() -> None:
    order = only(group_rows(rows(blank(product=SAC), {})))
    assert order.head.phone is not None
    assert items(order) == [(2, 1), (1, 1)]
    assert not order.is_rejected


def test_order_is_rejected_when_no_row_has_a_phone() -> None:
    order = only(group_rows(rows(blank(product=SAC), blank(product=MONTRE))))
    assert order.is_rejected
    assert codes(order).count("phone_empty") == 1


def test_order_is_rejected_when_one_line_is_unknown() -> None:
    order = only(group_rows(rows({}, blank(product="Chaise"))))
    assert codes(order) == ["unknown_product"]


def test_order_is_rejected_when_one_number_stands_for_two_clients() -> None:
    order = only(group_rows(rows({}, {"phone": "0712345678", "product": SAC})))
    assert "conflicting_rows" in codes(order)
    assert order.is_rejected


def test_row_counts_once_when_it_was_pasted_twice() -> None:
    order = only(group_rows(rows({}, {})))
    assert items(order) == [(1, 1)]
    assert codes(order) == ["duplicate_line"]
    assert order.problems[0].params == {"row": 3}
    assert order.row_numbers == (2, 3)
    assert order.total_amount == Decimal("199.00")


def test_same_product_counts_twice_when_further_lines_repeat_it() -> None:
    order = only(group_rows(rows({}, blank(product=MONTRE), blank(product=MONTRE))))
    assert items(order) == [(1, 1), (1, 1), (1, 1)]


def test_totals_add_up_when_each_line_has_its_own() -> None:
    order = only(group_rows(rows({"total_price": "199"}, {"product": SAC, "total_price": "299"})))
    assert order.total_amount == Decimal("498.00")


def test_equal_totals_add_up_when_unit_prices_prove_it() -> None:
    line = {"unit_price": "199", "total_price": "199"}
    order = only(group_rows(rows(line, {**line, "product": SAC})))
    assert order.total_amount == Decimal("398.00")


def test_missing_fields_are_filled_when_another_row_tells_them() -> None:
    order = only(group_rows(rows({"note": "", "city": "", "address": ""}, {"product": SAC, "note": "appeler le soir"})))
    assert order.head.note == "appeler le soir"
    assert order.head.city_text == "Rabat"
    assert not order.problems


@pytest.mark.parametrize(
    ("total", "quantity", "unit", "discount"),
    [
        ("199", 1, "199.00", "0.00"),
        ("299", 2, "149.50", "0.00"),
        ("299", 3, "99.67", "0.01"),
        ("100", 7, "14.29", "0.03"),
    ],
)
def test_unit_price_and_discount_give_the_total_when_it_does_not_divide(
    total: str, quantity: int, unit: str, discount: str
) -> None:
    prices = only(group_rows(rows({"total_price": total, "quantity": quantity}))).prices()
    assert prices.unit_amounts == (Decimal(unit),)
    assert prices.discount_amount == Decimal(discount)
    assert Decimal(unit) * quantity - Decimal(discount) == Decimal(total)


def test_discount_is_the_difference_when_unit_price_and_total_are_told() -> None:
    prices = only(group_rows(rows({"unit_price": "199", "quantity": "2", "total_price": "350"}))).prices()
    assert prices.unit_amounts == (Decimal("199.00"),)
    assert prices.discount_amount == Decimal("48.00")


def test_catalogue_prices_stand_when_several_items_share_a_total() -> None:
    prices = only(group_rows(rows({"product": f"{MONTRE} + {SAC}"}))).prices()
    assert prices.unit_amounts == (None, None)
    assert prices.discount_amount == 0


def test_offer_price_is_shared_when_the_text_tells_it() -> None:
    row = CleanRow(items=(CleanItem("x", 1, 3, None, Decimal("100.00")),))
    prices = only(group_rows([row])).prices()
    assert prices.unit_amounts == (Decimal("33.34"),)
