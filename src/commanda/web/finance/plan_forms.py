"""Forms of a version of the commission plan: general amounts, lines, tiers; the service has the last word."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commanda.accounts.selectors import agents, names_of
from commanda.catalog.selectors import offers_of, products
from commanda.finance.models import Trigger
from commanda.finance.models.commission import ORDER_TRIGGERS
from commanda.finance.services.plan_checks import MOST_LINES, MOST_TIERS, LineData, TierData
from commanda.finance.services.plans import PlanData
from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.web.finance.forms import DayField, MoneyField

PERCENT: Final = "percent"
MAD: Final = "mad"
HUNDRED: Final = Decimal(100)


class PercentField(forms.CharField):
    """A percentage as typed, `65` or `1,5`; the value is a ratio 0..1, None when empty."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
        super().__init__(**{"max_length": 10, "widget": widget, "required": False, **options})

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * HUNDRED).normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace("%", "").strip()
        if not text:
            return None
        try:
            ratio = parse_amount(text) / HUNDRED
        except AmountProblem as problem:
            raise ValidationError(_("Write a percentage, like 65 or 1,5."), code=problem.code) from problem
        if ratio > 1:
            raise ValidationError(_("A percentage is between 0 and 100."), code="bad_percent")
        return ratio


class PlanForm(forms.Form):
    """What a version pays where none of its lines fits."""

    name = forms.CharField(label=_("Name"), max_length=80)
    confirmed_amount = MoneyField(label=_("Per confirmed order"), required=False)
    delivered_amount = MoneyField(label=_("Per delivered order"), required=False)
    upsell_amount = MoneyField(
        label=_("Per upsell unit"),
        required=False,
        help_text=_("For each unit that an agent added on the phone, when the order is delivered."),
    )
    month_cap_amount = MoneyField(
        label=_("At most per agent and month"),
        required=False,
        help_text=_("Empty: no limit. Bonuses come on top."),
    )
    keeps_confirmed = forms.BooleanField(
        label=_("A confirmation stays paid when the parcel comes back"),
        required=False,
        initial=True,
        help_text=_("A confirmation that is cancelled is always taken back."),
    )

    def plan(self, lines: Sequence[LineData], tiers: Sequence[TierData]) -> PlanData:
        found = self.cleaned_data
        return PlanData(
            name=found["name"],
            confirmed_amount=found["confirmed_amount"] or Decimal(0),
            delivered_amount=found["delivered_amount"] or Decimal(0),
            upsell_amount=found["upsell_amount"] or Decimal(0),
            keeps_confirmed=found["keeps_confirmed"],
            month_cap_amount=found["month_cap_amount"],
            lines=lines,
            tiers=tiers,
        )


class Choices:
    """What lines may name: agents, products and offers, read once for all rows of a page."""

    def __init__(self, actor: Actor, lines: Sequence[Any] = ()) -> None:
        named = {line.agent_id for line in lines} - {None}
        people = {user.pk: user.name for user in agents()}
        people |= names_of(named - set(people))
        rows = list(products(actor))
        names = {product.pk: product.name for product in rows}
        offered = {
            (offer.product_id, offer.variant_id, offer.quantity): f"{names[offer.product_id]} · {offer.label}"
            for offer in offers_of(actor, list(names))
        }
        for line in lines:  # An offer that is no longer made stays to be chosen where a line names it.
            if line.offer_qty is not None:
                offered.setdefault((line.product_id, line.offer_variant_id, line.offer_qty), line.offer_label)
        self.offers = {offer_key(*terms): (terms, label[:200]) for terms, label in offered.items()}
        self.triggers = [(each.value, each.label) for each in ORDER_TRIGGERS]
        self.agents = [("", _("Every agent")), *sorted(people.items(), key=lambda pair: pair[1])]
        self.products = [("", _("Every product")), *names.items()]
        self.offered = [("", "–"), *((key, label) for key, (_terms, label) in self.offers.items())]


def offer_key(product_id: int | None, variant_id: int | None, quantity: int | None) -> str:
    """The terms of an offer as the value of an option."""
    return f"{product_id}-{variant_id or 0}-{quantity}"


class LineForm(forms.Form):
    """One line. A row without an amount is left out."""

    place = forms.IntegerField(label=_("No."), required=False, min_value=1, max_value=9999)
    trigger = forms.ChoiceField(label=_("For"))
    agent = forms.TypedChoiceField(label=_("Agent"), coerce=int, empty_value=None, required=False)
    product = forms.TypedChoiceField(label=_("Product"), coerce=int, empty_value=None, required=False)
    offer = forms.ChoiceField(label=_("Offer taken"), required=False)
    value = MoneyField(label=_("Pays"), required=False)
    kind = forms.ChoiceField(label=_("In"), choices=((MAD, _("DH")), (PERCENT, "%")))
    cap_amount = MoneyField(label=_("At most per order"), required=False)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = choices
        for name in ("trigger", "agent", "product", "offer"):
            rows = {"trigger": choices.triggers, "agent": choices.agents, "product": choices.products}
            self.fields[name].choices = rows.get(name, choices.offered)  # type: ignore[attr-defined]
        self.fields["trigger"].initial = Trigger.DELIVERED.value

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        says_something = any(data.get(name) for name in ("agent", "product", "offer", "cap_amount"))
        if data.get("value") is None and says_something and "value" not in self.errors:
            self.add_error("value", _("Say what the line pays; 0 for nothing."))
        terms = self.known.offers.get(data.get("offer") or "", (None, ""))[0]
        if terms and data.get("product") not in (None, terms[0]):
            self.add_error("offer", _("This offer is made with another product. Leave the product empty."))
        if data.get("kind") == PERCENT and data.get("value") is not None and data["value"] > HUNDRED:
            self.add_error("value", _("A percentage is between 0 and 100."))
        return data

    def line(self) -> LineData | None:
        """What the row says, None for one without an amount."""
        data = self.cleaned_data
        if data.get("value") is None:
            return None
        terms, label = self.known.offers.get(data["offer"], (None, ""))
        product_id, variant_id, quantity = terms or (data["product"], None, None)
        is_percent = data["kind"] == PERCENT
        return LineData(
            trigger=data["trigger"],
            agent_id=data["agent"],
            product_id=product_id,
            offer_variant_id=variant_id,
            offer_qty=quantity,
            offer_label=label,
            amount=None if is_percent else data["value"],
            ratio=data["value"] / HUNDRED if is_percent else None,
            cap_amount=data["cap_amount"],
        )


class TierForm(forms.Form):
    """One tier of the month. An empty row is left out."""

    delivered_qty = forms.IntegerField(label=_("From delivered orders"), required=False, min_value=0)
    delivery_rate = PercentField(label=_("and delivery rate %"))
    confirmation_rate = PercentField(label=_("and confirmation rate %"))
    per_order_amount = MoneyField(label=_("More per delivered order"), required=False)
    fixed_amount = MoneyField(label=_("Fixed amount"), required=False)

    def tier(self) -> TierData | None:
        """What the row says, None for an empty one."""
        data = self.cleaned_data
        if all(value is None for value in data.values()):
            return None
        return TierData(
            delivered_qty=data["delivered_qty"] or 0,
            delivery_rate=data["delivery_rate"],
            confirmation_rate=data["confirmation_rate"],
            per_order_amount=data["per_order_amount"] or Decimal(0),
            fixed_amount=data["fixed_amount"] or Decimal(0),
        )


class BeginForm(forms.Form):
    """From when a version counts."""

    valid_from_on = DayField(label=_("Valid from"))


LineFormSet = forms.formset_factory(LineForm, extra=1, max_num=MOST_LINES + 1, absolute_max=MOST_LINES + 10)
TierFormSet = forms.formset_factory(TierForm, extra=1, max_num=MOST_TIERS + 1, absolute_max=MOST_TIERS + 10)


class PlanForms:
    """The whole page of a version: read from what stands, or from what was sent; errors stand where they belong."""

    def __init__(self, sent: Any, actor: Actor, data: PlanData | None) -> None:
        self.choices = Choices(actor, data.lines if data else ())
        general = {name: getattr(data, name) for name in PlanForm.base_fields} if data else None
        self.form = PlanForm(sent, initial=general)
        self.lines = LineFormSet(
            sent,
            initial=[_line_initial(place, line) for place, line in enumerate(data.lines if data else (), 1)],
            prefix="lines",
            form_kwargs={"choices": self.choices},
        )
        self.tiers = TierFormSet(
            sent,
            initial=[{name: getattr(tier, name) for name in TierForm.base_fields} for tier in data.tiers]
            if data
            else [],
            prefix="tiers",
        )

    def is_valid(self) -> bool:
        """Asks all three, so that every error shows at once."""
        return all([self.form.is_valid(), self.lines.is_valid(), self.tiers.is_valid()])

    @property
    def data(self) -> PlanData:
        return self.form.plan(self._lines(), self._tiers())

    def refuse(self, error: CommandaError) -> None:
        """Put an error of the service beside the field of the row it is about, or above the form."""
        kind, _dash, rest = (error.field or "").partition("-")
        place, _dash, name = rest.partition("-")
        rows = {"lines": self._written_lines, "tiers": self._written_tiers}.get(kind)
        if rows is not None and place.isdigit() and int(place) < len(rows()):
            form = rows()[int(place)]
            form.add_error(name if name in form.fields else None, str(error))
            return
        self.form.add_error(error.field if error.field in self.form.fields else None, str(error))

    def _written_lines(self) -> list[Any]:
        """The rows that say something, first to last: by their numbers, then as they stand."""
        rows = [row for row in self.lines if row.line() is not None]
        return sorted(rows, key=lambda row: row.cleaned_data.get("place") or MOST_LINES * 100)

    def _written_tiers(self) -> list[Any]:
        return [row for row in self.tiers if row.tier() is not None]

    def _lines(self) -> list[LineData]:
        return [row.line() for row in self._written_lines()]

    def _tiers(self) -> list[TierData]:
        return [row.tier() for row in self._written_tiers()]


def _line_initial(place: int, line: LineData) -> dict[str, Any]:
    is_percent = line.ratio is not None
    return {
        "place": place,
        "trigger": line.trigger,
        "agent": line.agent_id,
        "product": None if line.offer_qty is not None else line.product_id,
        "offer": offer_key(line.product_id, line.offer_variant_id, line.offer_qty) if line.offer_qty else "",
        "value": (line.ratio or Decimal(0)) * HUNDRED if is_percent else line.amount,
        "kind": PERCENT if is_percent else MAD,
        "cap_amount": line.cap_amount,
    }
