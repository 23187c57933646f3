"""The forms of the wizard's steps: each asks for what the order's type wants to know."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.money import format_mad
from commanda.kernel.phone import format_phone
from commanda.orders import selectors
from commanda.orders.attachment_content import ACCEPT
from commanda.orders.entry_steps import FIELDS, Step, StepPlan
from commanda.orders.models import OrderType, Store
from commanda.orders.models.billing import PaymentMethod
from commanda.web.fields import CityField, PhoneField
from commanda.web.orders.forms import ENTRY_CHANNELS

TEXT = {"dir": "auto"}


def _text(length: int, *, rows: int = 0, **attributes: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, **TEXT}) if rows else forms.TextInput(attrs=attributes or TEXT)
    return forms.CharField(max_length=length, required=False, widget=widget)


def _amount() -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"dir": "ltr", "step": "0.01", "inputmode": "decimal"})
    return forms.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0), required=False, widget=widget)


class StepForm(forms.Form):
    """Base: keeps the fields of the plan, in the plan's order, required as it says."""

    step: Step

    def __init__(self, *args: Any, plan: StepPlan, actor: Actor, order_type: OrderType, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(actor, order_type)
        shown = [name for name in plan.shown if name in self.fields]
        kept = {name: self.fields[name] for name in shown}
        for name, field in kept.items():
            field.label = FIELDS[self.step][name]
            field.required = plan.is_required(name)
        if "email" in kept:
            kept["language"] = self.fields["language"]
        self.fields = kept

    def prepare(self, actor: Actor, order_type: OrderType) -> None:
        """Choices and defaults that depend on who enters what."""


class GeneralForm(StepForm):
    step = Step.GENERAL

    store = forms.ModelChoiceField(queryset=Store.objects.none(), empty_label=None)
    channel = forms.ChoiceField(choices=[(channel.value, channel.label) for channel in ENTRY_CHANNELS])
    campaign = _text(120)
    promised_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    tags = _text(400)

    def prepare(self, actor: Actor, order_type: OrderType) -> None:
        stores = selectors.stores()
        self.fields["store"].queryset = stores  # type: ignore[attr-defined]
        first = stores.first()
        self.initial.setdefault("store", order_type.store_id or (first.pk if first else None))
        self.initial.setdefault("channel", order_type.channel)
        self.fields["tags"].help_text = _("Separated by commas.")

    def clean_tags(self) -> tuple[str, ...]:
        return tuple(tag.strip()[:40] for tag in self.cleaned_data["tags"].split(",") if tag.strip())[:20]


class CustomerForm(StepForm):
    step = Step.CUSTOMER

    phone_e164 = PhoneField()
    customer_name = _text(200)
    company_name = _text(200)
    ice = _text(20, dir="ltr", autocomplete="off", inputmode="numeric")
    contact_name = _text(200)
    purchase_reference = _text(80, dir="ltr", autocomplete="off")
    phone2_e164 = PhoneField(required=False)
    email = forms.EmailField(required=False, widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}))
    city = CityField()
    address = _text(500, rows=2)
    language = forms.ChoiceField(label=_("Language of the e-mail"), choices=settings.LANGUAGES, required=False)

    def prepare(self, actor: Actor, order_type: OrderType) -> None:
        self.initial.setdefault("language", get_language() or "fr")
        self.fields["ice"].help_text = _("15 digits, on every invoice of the company.")
        if order_type.sends_email:
            self.fields["email"].help_text = _("The confirmation is sent there.")

    def clean_ice(self) -> str:
        ice = "".join(self.cleaned_data["ice"].split())
        if ice and not (ice.isascii() and ice.isdigit() and len(ice) == 15):
            raise forms.ValidationError(
                _("An ICE has 15 digits; this one has %(number)s characters.") % {"number": len(ice)}
            )
        return ice

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or "fr"


class ItemsForm(StepForm):
    step = Step.ITEMS

    price_remark = _text(300)

    def prepare(self, actor: Actor, order_type: OrderType) -> None:
        self.fields["price_remark"].help_text = _("Needed when a price is changed: a replacement, a gesture …")


class PaymentForm(StepForm):
    step = Step.PAYMENT

    payment_method = forms.ChoiceField(choices=PaymentMethod.choices)
    delivery_amount = _amount()
    discount_amount = _amount()
    proof = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": ACCEPT}))
    note = _text(1000, rows=2)

    def __init__(self, *args: Any, has_proof: bool = False, **kwargs: Any) -> None:
        self._has_proof = has_proof
        super().__init__(*args, **kwargs)
        self._needs_proof = "proof" in self.fields and self.fields["proof"].required
        if "proof" in self.fields:
            self.fields["proof"].required = False  # asked for below: cash on delivery has none

    def prepare(self, actor: Actor, order_type: OrderType) -> None:
        self.fields["proof"].help_text = _("PDF, JPEG, PNG or WebP, at most 10 MB.")
        if not actor.can(Perm.ORDERS_PRICE):
            del self.fields["discount_amount"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        method = data.get("payment_method") or PaymentMethod.CASH_ON_DELIVERY
        if (
            self._needs_proof
            and method != PaymentMethod.CASH_ON_DELIVERY
            and not (self._has_proof or data.get("proof"))
        ):
            self.add_error("proof", _("Add the proof of payment: the transfer slip or a photograph of the cheque."))
        return data


FORMS: dict[Step, type[StepForm]] = {
    Step.GENERAL: GeneralForm,
    Step.CUSTOMER: CustomerForm,
    Step.ITEMS: ItemsForm,
    Step.PAYMENT: PaymentForm,
}


def step_form(
    plan: StepPlan,
    actor: Actor,
    order_type: OrderType,
    *,
    kept: dict[str, list[str]] | None,
    is_checked: bool,
    **more: Any,
) -> StepForm:
    """The form of a step showing what was kept of it; with `is_checked` its errors, too."""
    options: dict[str, Any] = {"plan": plan, "actor": actor, "order_type": order_type, **more}
    if is_checked:
        return FORMS[plan.step](data=MultiValueDict(kept or {}), **options)
    initial = {name: values[0] for name, values in (kept or {}).items() if values}
    return FORMS[plan.step](initial=initial, **options)


def shown_value(form: StepForm, name: str) -> str:
    """A cleaned value as the overview shows it."""
    value = form.cleaned_data.get(name)
    field = form.fields[name]
    if value in (None, "", ()):
        return ""
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return format_mad(value)
    if isinstance(field, PhoneField):
        return format_phone(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)
