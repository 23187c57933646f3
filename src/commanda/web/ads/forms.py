"""The forms of accounts, rules, rates and targets; services check again and have the last word."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.ads.models import AdAccount, CampaignRule, Platform
from commanda.ads.rates import known_currencies
from commanda.ads.selectors import buyers
from commanda.ads.services.accounts import LONGEST_MINUTES, SHORTEST_MINUTES, AccountData
from commanda.ads.services.connect import LONGEST_TOKEN
from commanda.catalog.models import Product
from commanda.catalog.selectors import products
from commanda.kernel.actor import Actor
from commanda.kernel.text import western_digits
from commanda.web.finance.forms import DayField, MoneyField

CODE = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}


class RateField(forms.CharField):
    """How many dirhams one unit is worth, like 9,85; Arabic digits as well."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", **CODE})
        super().__init__(**{"label": _("Dirhams for one"), "max_length": 20, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return Decimal(western_digits(text).strip().replace(",", ".").replace("٫", "."))
        except InvalidOperation as error:
            raise ValidationError(_("Type how many dirhams one unit is worth, like 9,85."), code="bad_rate") from error


class CurrencyField(forms.CharField):
    """Three letters; the usual ones are offered."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"list": "currencies", "maxlength": "3", **CODE})
        super().__init__(**{"label": _("Currency"), "max_length": 3, "widget": widget, **options})


class TokenField(forms.CharField):
    """A secret that is pasted and never shown again."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(attrs={**CODE, "autocomplete": "new-password"}, render_value=False)
        super().__init__(**{"label": _("Access token"), "max_length": LONGEST_TOKEN, "widget": widget, **options})


class BaseField(forms.CharField):
    """Another address in place of the platform's, for a compatible server."""

    def __init__(self, **options: Any) -> None:
        usual = {
            "label": _("Address of the platform (advanced)"),
            "help_text": _("Leave it empty for the platform itself."),
            "required": False,
            "max_length": 200,
            "widget": forms.TextInput(attrs={"inputmode": "url", **CODE}),
        }
        super().__init__(**{**usual, **options})


class _BuyerForm(forms.Form):
    """Whose account it is: a choice only for those who see all ads."""

    buyer = forms.ModelChoiceField(label=_("Buyer"), queryset=User.objects.none(), empty_label=None)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = buyers(actor)
        self.fields["buyer"].queryset = people  # type: ignore[attr-defined]
        if [person.pk for person in people] == [actor.user_id]:
            del self.fields["buyer"]

    def buyer_id(self) -> int | None:
        buyer = self.cleaned_data.get("buyer")
        return buyer.pk if buyer else None


class ConnectForm(_BuyerForm):
    """An account whose spend is read from its platform."""

    external_id = forms.CharField(
        label=_("Number of the ad account"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", **CODE}),
    )
    token = TokenField()
    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("As you call it; empty: as the platform calls it.")
    )
    history_from_on = DayField(
        label=_("First day to read"),
        required=False,
        help_text=_("Empty: the last 30 days. Older days come piece by piece."),
    )
    api_base = BaseField()
    field_order = ["external_id", "token", "app_secret", "name", "buyer", "history_from_on", "api_base"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["history_from_on"].initial = None

    def data_for(self, connector: str) -> AccountData:
        """What the service takes."""
        told = self.cleaned_data
        return AccountData(
            connector=connector,
            name=told["name"],
            external_id=told["external_id"],
            token=told["token"],
            app_secret=told.get("app_secret", ""),
            buyer_id=self.buyer_id(),
            history_from_on=told["history_from_on"],
            api_base=told["api_base"],
        )


class MetaForm(ConnectForm):
    """An ad account of Meta."""

    app_secret = TokenField(
        label=_("App secret"), required=False, help_text=_("Only if your app asks for a proof with each call.")
    )


class FileForm(_BuyerForm):
    """An account whose spend comes by file or pasted."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As the files name it, so that it is found."))
    platform = forms.ModelChoiceField(label=_("Platform"), queryset=Platform.objects.none(), empty_label=None)
    currency = CurrencyField()
    external_id = forms.CharField(
        label=_("Account number"), max_length=40, required=False, widget=forms.TextInput(attrs=CODE)
    )
    field_order = ["name", "platform", "currency", "external_id", "buyer"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["platform"].queryset = Platform.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def data_for(self, connector: str) -> AccountData:
        told = self.cleaned_data
        return AccountData(
            connector=connector,
            name=told["name"],
            external_id=told["external_id"],
            platform_id=told["platform"].pk,
            currency=told["currency"],
            buyer_id=self.buyer_id(),
        )


class TokenForm(forms.Form):
    """Another token."""

    token = TokenField()


class MetaTokenForm(TokenForm):
    """Another token of Meta."""

    app_secret = TokenField(
        label=_("App secret"), required=False, help_text=_("Only if your app asks for a proof with each call.")
    )


class SettingsForm(_BuyerForm):
    """What may be changed later."""

    name = forms.CharField(label=_("Name"), max_length=80)
    run_minutes = forms.IntegerField(
        label=_("Minutes between readings"), min_value=SHORTEST_MINUTES, max_value=LONGEST_MINUTES
    )
    history_from_on = DayField(label=_("First day to read"), required=False)
    api_base = BaseField()
    field_order = ["name", "buyer", "run_minutes", "history_from_on", "api_base"]

    def __init__(self, *args: Any, account: AdAccount, **kwargs: Any) -> None:
        names = ("name", "run_minutes", "history_from_on", "api_base")
        kwargs["initial"] = {name: getattr(account, name) for name in names} | {"buyer": account.buyer_id}
        super().__init__(*args, **kwargs)
        if not account.is_connected:
            for name in ("run_minutes", "history_from_on", "api_base"):
                del self.fields[name]

    def changes(self) -> dict[str, Any]:
        told = {name: value for name, value in self.cleaned_data.items() if name != "buyer"}
        return told | ({"buyer_id": self.buyer_id()} if "buyer" in self.fields else {})


class ProductField(forms.ModelChoiceField):
    """A product, found by typing."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Select(attrs={"data-select": ""})
        usual = {"label": _("Product"), "queryset": Product.objects.none(), "empty_label": _("Choose a product")}
        super().__init__(**{**usual, "widget": widget, **options})


class RuleForm(forms.Form):
    """Campaigns whose name fits belong to a product."""

    kind = forms.ChoiceField(label=_("The name"), choices=CampaignRule.Kind.choices)
    text = forms.CharField(
        label=_("Text"), max_length=120, help_text=_("For a pattern: * stands for anything, ? for one character.")
    )
    product = ProductField()
    platform = forms.ModelChoiceField(
        label=_("Platform"), queryset=Platform.objects.none(), required=False, empty_label=_("Every platform")
    )
    for_shop = forms.BooleanField(label=_("For the accounts of all buyers"), required=False, initial=True)

    def __init__(self, *args: Any, actor: Actor, may_see_all: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products(actor)  # type: ignore[attr-defined]
        self.fields["platform"].queryset = Platform.objects.filter(is_active=True)  # type: ignore[attr-defined]
        if not may_see_all:
            del self.fields["for_shop"]

    def values(self) -> dict[str, Any]:
        told = self.cleaned_data
        return {
            "kind": told["kind"],
            "text": told["text"],
            "product_id": told["product"].pk,
            "platform_id": told["platform"].pk if told["platform"] else None,
            "for_shop": told.get("for_shop", False),
        }


class RateForm(forms.Form):
    """What a currency is worth from a day on."""

    currency = CurrencyField()
    rate = RateField()
    valid_from_on = DayField(label=_("From"))


class TargetForm(forms.Form):
    """What a lead and a delivered order of a product may take."""

    lead = MoneyField(label=_("Per lead"), required=False)
    delivered = MoneyField(label=_("Per delivered order"), required=False)
    valid_from_on = DayField(label=_("Valid from"))


class SheetForm(_BuyerForm):
    """Cells that are pasted, or a file; and what holds for rows that do not say it."""

    cells = forms.CharField(
        label=_("Pasted cells"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "paste-cells", "dir": "auto", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Or a file (CSV, XLSX)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls"}),
    )
    day = DayField(label=_("Day"), required=False, help_text=_("Where the rows do not say it."))
    platform = forms.ModelChoiceField(
        label=_("Platform"), queryset=Platform.objects.none(), required=False, empty_label=_("As the rows say")
    )
    currency = forms.ChoiceField(label=_("Currency"), help_text=_("Where the rows do not say it."))
    field_order = ["cells", "file", "day", "platform", "currency", "buyer"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["platform"].queryset = Platform.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["currency"].choices = [(code, code) for code in known_currencies()]  # type: ignore[attr-defined]
