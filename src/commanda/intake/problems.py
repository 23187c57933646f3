"""Everything that can be wrong with a row, in words a person can act on.

`reject` keeps the row in the inbox until it is mended; `warn` lets the order through and shows the remark.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Severity(StrEnum):
    REJECT = "reject"
    WARN = "warn"


class ProblemText(NamedTuple):
    """What is wrong and what to do about it; both take the problem's params."""

    severity: Severity
    message: Promise
    what_to_do: Promise


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value a person may choose instead; `value` is what goes into the cell, or the id of a city or variant."""

    value: str | int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field; `code` is a key of `PROBLEMS`."""

    field: str
    code: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def severity(self) -> Severity:
        return PROBLEMS[self.code].severity

    @property
    def rejects(self) -> bool:
        return self.severity is Severity.REJECT

    @property
    def message(self) -> str:
        """In the language in force."""
        return _filled(PROBLEMS[self.code].message, self.params)

    @property
    def what_to_do(self) -> str:
        return _filled(PROBLEMS[self.code].what_to_do, self.params)

    def to_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "code": self.code,
            "params": self.params,
            "suggestions": [{"value": each.value, "label": each.label} for each in self.suggestions],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Problem":
        suggestions = tuple(Suggestion(**each) for each in data.get("suggestions", ()))
        return cls(data["field"], data["code"], data.get("params", {}), suggestions)


def _filled(text: Promise, params: dict[str, Any]) -> str:
    """A param that was not recorded shows as "?" instead of breaking the page."""
    return str(text) % _Lenient(params)


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _reject(message: Promise, what_to_do: Promise) -> ProblemText:
    return ProblemText(Severity.REJECT, message, what_to_do)


def _warn(message: Promise, what_to_do: Promise) -> ProblemText:
    return ProblemText(Severity.WARN, message, what_to_do)


_TYPE_PHONE: Final = _("Type the client's number, ten digits starting with 0.")
_CHOOSE_PRODUCT: Final = _("Choose the product. The choice is remembered for the next rows.")
_TYPE_PRICE: Final = _("Type the amount in dirhams, such as 199 or 199,50.")
_TYPE_QUANTITY: Final = _("Type a whole number between 1 and 999.")
_TYPE_DATE: Final = _("Type the date as day/month/year, such as 01/05/2026 14:30.")
_NOTHING: Final = _("Nothing has to be done; the full cell is kept with the original row.")

# An order of a client whom somebody has blocked: taken in, but a person decides.
BLOCKED: Final = "client_blocked"

PROBLEMS: Final[dict[str, ProblemText]] = {
    "phone_empty": _reject(_("There is no phone number."), _TYPE_PHONE),
    "phone_formula_error": _reject(
        _("The phone cell shows the error %(value)s: the sheet took the number for a formula."),
        _("Type the number here, and format the column of the sheet as text."),
    ),
    "phone_lost_digits": _reject(
        _("The sheet rounded the phone number to %(value)s: digits are lost."),
        _("Type the number here, and format the column of the sheet as text."),
    ),
    "phone_too_short": _reject(_("The phone number %(value)s has too few digits."), _TYPE_PHONE),
    "phone_too_long": _reject(_("The phone number %(value)s has too many digits."), _TYPE_PHONE),
    "phone_not_moroccan": _reject(_("%(value)s is not a Moroccan number."), _("Type a Moroccan number of the client.")),
    "phone_invalid": _reject(_("“%(value)s” is not a phone number that exists."), _TYPE_PHONE),
    "phone_two_numbers": _reject(
        _("The cell holds two phone numbers."), _("Choose one; the other can be the second phone.")
    ),
    "phone2_unreadable": _warn(_("The second phone “%(value)s” was left out."), _("Correct it in the order.")),
    "phone_from_name": _warn(_("The phone number was taken from the name."), _("Check it when calling.")),
    "name_empty": _warn(_("There is no name."), _("Ask the client when calling.")),
    "product_empty": _reject(_("There is no product."), _CHOOSE_PRODUCT),
    "unknown_product": _reject(_("The product “%(value)s” is not known."), _CHOOSE_PRODUCT),
    "variant_unclear": _reject(
        _("“%(value)s” exists in several colours or sizes."), _("Choose the one that was ordered.")
    ),
    "not_sold": _reject(
        _("The product “%(value)s” is no longer sold."), _("Choose another product, or put it on sale again.")
    ),
    "quantity_unreadable": _reject(_("The quantity “%(value)s” cannot be read."), _TYPE_QUANTITY),
    "quantity_not_positive": _reject(_("The quantity is %(value)s."), _TYPE_QUANTITY),
    "quantity_too_large": _reject(_("A quantity of %(value)s is too large."), _TYPE_QUANTITY),
    "quantity_ambiguous": _reject(
        _("The quantity %(value)s cannot be shared among %(count)s products."),
        _("Type one quantity per product, such as 1+2."),
    ),
    "price_unreadable": _reject(_("The price “%(value)s” cannot be read."), _TYPE_PRICE),
    "price_formula_error": _reject(_("The price cell shows the error %(value)s."), _TYPE_PRICE),
    "price_currency": _reject(_("The price “%(value)s” is not in dirhams."), _TYPE_PRICE),
    "price_negative": _reject(_("The price %(value)s is below zero."), _TYPE_PRICE),
    "price_too_large": _reject(_("The price %(value)s is too large."), _TYPE_PRICE),
    "price_empty": _warn(_("There is no price."), _("The price of the catalogue is used. Check it when calling.")),
    "price_zero": _warn(_("The price is 0."), _("Check it when calling, unless it is a replacement.")),
    "extra_unreadable": _warn(
        _("“%(value)s” is no amount and was left out of the total."), _("Check the total when calling.")
    ),
    "date_unreadable": _reject(_("The date “%(value)s” cannot be read."), _TYPE_DATE),
    "date_month_first": _reject(
        _("The date %(value)s has the month before the day."),
        _("Type the date with the day first, or tell in the source's mapping that months come first."),
    ),
    "date_out_of_range": _reject(_("The date %(value)s is too old or in the future."), _TYPE_DATE),
    "city_empty": _warn(_("There is no city."), _("Choose it when calling.")),
    "city_from_address": _warn(_("There is no city; the address names one."), _("Confirm the city when calling.")),
    "city_unknown": _warn(
        _("The city “%(value)s” is not known."), _("Choose the city. The choice is remembered for the next rows.")
    ),
    "text_too_long": _warn(_("The text has %(length)s characters and was cut to %(limit)s."), _NOTHING),
    "html_text": _warn(_("The cell holds HTML. It is kept as plain text."), _NOTHING),
    "formula_text": _warn(_("The cell holds a formula. It is kept as text and never evaluated."), _NOTHING),
    "cell_error": _warn(
        _("The cell shows the error %(value)s and was taken as empty."), _("Mend the formula in the sheet.")
    ),
    "conflicting_rows": _reject(
        _("The order number %(value)s stands for several clients in the sheet."),
        _("Give each order its own number in the sheet, or leave the number out of the mapping."),
    ),
    "duplicate_line": _warn(
        _("Row %(row)s repeats the same line of this order and was counted once."),
        _("Check the quantity when calling."),
    ),
    "change_unreadable": _warn(
        _("The row has changed in the sheet and can no longer be read. The order was left as it is."),
        _("Mend the row in the sheet, or change the order by hand."),
    ),
    "change_overruled": _warn(
        _("The row has changed in the sheet, but the order was changed here, too: %(fields)s."),
        _("The order was left as it is. Compare the two and correct the order by hand."),
    ),
    "change_too_late": _warn(
        _("The row has changed in the sheet after the order had left the house."),
        _("The order was left as it is. Tell the carrier if the change matters."),
    ),
    "change_refused": _warn(
        _("The row has changed in the sheet, but the order could not follow: %(reason)s"),
        _("Change the order by hand."),
    ),
    "change_merged": _warn(
        _("The row has changed in the sheet, but its order was merged into %(reference)s."),
        _("Compare the row with that order and correct the order by hand."),
    ),
    BLOCKED: _warn(
        _("The client is blocked since %(since)s: %(reason)s"),
        _("Let the order through, or cancel it with a reason."),
    ),
    "not_stored": _reject(_("The order could not be stored: %(reason)s"), _("Mend the row, then try again.")),
}
