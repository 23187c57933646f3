"""The form of an expense with the parts of its products; services check again and have the last word."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Product
from commanda.catalog.selectors import products
from commanda.finance.models import Expense
from commanda.finance.services.expenses import MAX_NOTE, ExpenseData
from commanda.kernel.actor import Actor
from commanda.kernel.text import western_digits
from commanda.orders.attachment_content import ACCEPT
from commanda.web.finance.forms import DayField, MoneyField
from commanda.web.rows import MORE, RowForm, filled, typed_rows

SHARES: Final = "shares"
MAX_PARTS: Final = 50
PRODUCTS: Final = "products"
FOR: Final = [
    ("revenue", _("The whole shop, shared by revenue")),
    ("orders", _("The whole shop, shared by delivered orders")),
    ("product", _("One product")),
    (PRODUCTS, _("Several products, in fixed parts")),
]


class PercentField(forms.CharField):
    """A percentage; the value is the ratio as a Decimal, None when empty."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
        super().__init__(**{"max_length": 12, "widget": widget, **options})

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * 100).normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        text = western_digits(str(super().clean(value) or "")).strip().rstrip("%٪").strip()
        if not text:
            return None
        try:
            percent = Decimal(text.replace(",", ".").replace("٫", "."))
            if not percent.is_finite() or percent != percent.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP):
                raise InvalidOperation
        except InvalidOperation as problem:
            raise ValidationError(_("Write a percentage, like 40 or 33,33."), code="bad_percent") from problem
        return percent / 100


class FilesField(forms.FileField):
    """Any number of files; the value is their list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": ManyFiles(attrs={"accept": ACCEPT}), **options})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(file, initial) for file in data or []]


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class ExpenseForm(forms.Form):
    """Money spent once or again and again."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Expense.Kind.choices)
    amount = MoneyField(label=_("Amount"))
    every = forms.ChoiceField(label=_("How often"), choices=Expense.Every.choices, initial=Expense.Every.ONCE)
    spent_on = DayField(label=_("Date, or first day"))
    last_on = DayField(
        label=_("Last day"),
        required=False,
        initial=None,
        help_text=_("Empty: a single day, or without an end when it comes again and again."),
    )
    of = forms.ChoiceField(label=_("For"), choices=FOR, initial=Expense.Share.REVENUE)
    product = forms.ModelChoiceField(
        label=_("Product"),
        queryset=Product.objects.none(),
        required=False,
        empty_label=_("Choose a product"),
        help_text=_("Only when it is for one product."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=MAX_NOTE)
    receipts = FilesField(
        label=_("Receipts"), required=False, help_text=_("PDF, JPEG, PNG or WebP, at most 10 MB each.")
    )
    reason = forms.CharField(label=_("Why is it corrected?"), max_length=MAX_NOTE)

    def __init__(self, *args: Any, actor: Actor, is_correction: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products(actor)  # type: ignore[attr-defined]
        # The receipts of what is corrected go with it.
        del self.fields["receipts" if is_correction else "reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("of") == "product" and not data.get("product") and "product" not in self.errors:
            self.add_error("product", _("Choose a product."))
        return data


class ShareForm(RowForm):
    """A product and its part."""

    signs = ("product", "ratio")
    needed = ("product", "ratio")

    product = forms.ChoiceField(label=_("Product"), required=False, widget=forms.Select(attrs={"data-select": ""}))
    ratio = PercentField(label=_("Part, %"), required=False)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["product"].choices = choices  # type: ignore[attr-defined]


@dataclass(slots=True)
class ExpenseForms:
    """The form and the rows of its parts."""

    form: ExpenseForm
    shares: BaseFormSet

    def is_valid(self) -> bool:
        # Both, so that every mistake is shown at once.
        return all([self.form.is_valid(), self.shares.is_valid()])

    def data(self) -> ExpenseData:
        """What valid forms say. Two rows of one product are one part."""
        data = self.form.cleaned_data
        parts: dict[int, Decimal] = {}
        if data["of"] == PRODUCTS:
            for row in filled(self.shares):
                product_id = int(row.cleaned_data["product"])
                parts[product_id] = parts.get(product_id, Decimal(0)) + row.cleaned_data["ratio"]
            if not parts:
                parts = {0: Decimal(0)}  # the service says what is missing
        return ExpenseData(
            kind=data["kind"],
            amount=data["amount"],
            every=data["every"],
            spent_on=data["spent_on"],
            last_on=data["last_on"],
            share=data["of"] if data["of"] in Expense.Share.values else Expense.Share.REVENUE,
            product_id=data["product"].pk if data["of"] == "product" else None,
            shares=parts,
            note=data["note"],
        )


def sent_forms(post: QueryDict, files: Any, actor: Actor, *, is_correction: bool = False) -> ExpenseForms:
    """The forms as sent."""
    return ExpenseForms(
        ExpenseForm(post, files, actor=actor, is_correction=is_correction),
        _formset(extra=0)(post, prefix=SHARES, form_kwargs=_options(actor)),
    )


def fresh_forms(actor: Actor, expense: Expense | None = None) -> ExpenseForms:
    """Empty forms, or those of an expense to be corrected."""
    initial: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    if expense is not None:
        rows = [{"product": str(part.product_id), "ratio": part.ratio} for part in expense.shares.all()]
        names = ("kind", "amount", "every", "spent_on", "last_on", "product", "note")
        of = "product" if expense.product_id else PRODUCTS if rows else expense.share
        initial = {name: getattr(expense, name) for name in names} | {"of": of}
    return _unsent(actor, initial, rows, extra=1 if rows else 2, is_correction=expense is not None)


def more_rows(post: QueryDict, actor: Actor, *, is_correction: bool = False) -> ExpenseForms:
    """The forms as typed, with more rows for parts."""
    rows = typed_rows(post, SHARES, ShareForm)
    return _unsent(actor, post.dict(), rows, extra=MORE, is_correction=is_correction)


def _unsent(
    actor: Actor, initial: dict[str, Any], rows: list[dict[str, Any]], *, extra: int, is_correction: bool
) -> ExpenseForms:
    form = ExpenseForm(initial=initial, actor=actor, is_correction=is_correction)
    return ExpenseForms(form, _formset(extra=extra)(prefix=SHARES, initial=rows, form_kwargs=_options(actor)))


def _formset(*, extra: int) -> type[BaseFormSet]:
    return forms.formset_factory(ShareForm, extra=extra, max_num=MAX_PARTS, absolute_max=MAX_PARTS)


def _options(actor: Actor) -> dict[str, Any]:
    rows = products(actor).values_list("pk", "name")
    return {"choices": [("", _("Choose a product")), *((str(pk), name) for pk, name in rows)]}
