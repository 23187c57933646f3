"""The names of our fields on the mapping and inbox pages."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

FIELD_LABELS: Final[dict[str, Any]] = {
    "external_id": _("Order number"),
    "ordered_at": _("Order date"),
    "name": _("Full name"),
    "first_name": _("First name"),
    "last_name": _("Family name"),
    "phone": _("Phone"),
    "phone2": _("Second phone"),
    "city": _("City"),
    "address": _("Address"),
    "product": _("Product"),
    "sku": _("SKU"),
    "variant_color": _("Colour"),
    "variant_size": _("Size"),
    "quantity": _("Quantity"),
    "unit_price": _("Price of one piece"),
    "total_price": _("Total of the order"),
    "discount": _("Discount"),
    "delivery": _("Delivery charged"),
    "note": _("Note"),
    "agent": _("Agent"),
    "platform": _("Platform"),
    "campaign": _("Campaign"),
    "ad_set": _("Ad set"),
    "utm_source": _("UTM source"),
    "utm_medium": _("UTM medium"),
    "utm_content": _("UTM content (ad)"),
    "utm_term": _("UTM term"),
    "store": _("Store"),
    "tracking": _("Tracking number"),
    "carrier": _("Carrier"),
    "status": _("Status"),
}


def field_label(name: str) -> Any:
    """The label of a field; its code when it has none."""
    return FIELD_LABELS.get(name, name)


# The problems of the inbox, short: what the filter offers.
PROBLEM_LABELS: Final[dict[str, Any]] = {
    "phone_empty": _("No phone"),
    "phone_formula_error": _("Phone shows an error"),
    "phone_lost_digits": _("Phone has lost digits"),
    "phone_too_short": _("Phone too short"),
    "phone_too_long": _("Phone too long"),
    "phone_not_moroccan": _("Phone not Moroccan"),
    "phone_invalid": _("Phone does not exist"),
    "phone_two_numbers": _("Two phones in one cell"),
    "product_empty": _("No product"),
    "unknown_product": _("Unknown product"),
    "variant_unclear": _("Colour or size missing"),
    "not_sold": _("Product no longer sold"),
    "quantity_unreadable": _("Quantity unreadable"),
    "quantity_not_positive": _("Quantity not positive"),
    "quantity_too_large": _("Quantity too large"),
    "quantity_ambiguous": _("Quantity unclear"),
    "price_unreadable": _("Price unreadable"),
    "price_formula_error": _("Price shows an error"),
    "price_currency": _("Price not in dirhams"),
    "price_negative": _("Price below zero"),
    "price_too_large": _("Price too large"),
    "date_unreadable": _("Date unreadable"),
    "date_month_first": _("Date with the month first"),
    "date_out_of_range": _("Date too old or in the future"),
    "city_unknown": _("Unknown city"),
    "city_empty": _("No city"),
    "city_from_address": _("City only in the address"),
    "name_empty": _("No name"),
    "price_empty": _("No price"),
    "price_zero": _("Price is 0"),
    "phone2_unreadable": _("Second phone unreadable"),
    "phone_from_name": _("Phone taken from the name"),
    "text_too_long": _("Text too long"),
    "html_text": _("HTML in a cell"),
    "formula_text": _("Formula in a cell"),
    "cell_error": _("Error in a cell"),
    "conflicting_rows": _("Order number used twice"),
    "duplicate_line": _("Line repeated"),
    "extra_unreadable": _("Discount or delivery unreadable"),
    "change_unreadable": _("Changed row unreadable"),
    "change_overruled": _("Changed here and in the sheet"),
    "change_too_late": _("Changed after shipping"),
    "change_refused": _("Change not possible"),
    "change_merged": _("Changed after merging"),
    "client_blocked": _("Client blocked"),
    "not_stored": _("Could not be stored"),
}


def problem_label(code: str) -> Any:
    """A problem in a few words."""
    return PROBLEM_LABELS.get(code, code)
