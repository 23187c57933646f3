"""Forms with rows that grow: with JavaScript by themselves, without it by the button "add rows".

A row left empty is no row. `RowForm.is_blank` tells; rows are read with `filled(formset)`.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import QueryDict

ADD = "add_rows"
MAX_ROWS = 200
MORE = 3


class RowForm(forms.Form):
    """A row whose fields are checked only when something stands in `signs`; then `needed` must be there, too."""

    signs: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Nothing was typed (or the row was taken out)."""
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in self.signs)

    def full_clean(self) -> None:
        if self.is_bound and self.is_blank:
            self._errors = forms.utils.ErrorDict()
            self.cleaned_data = {}
            return
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in self.needed:
            if name not in self.errors and data.get(name) in (None, ""):
                self.add_error(name, self.fields[name].error_messages["required"])
        return data


def filled(formset: forms.BaseFormSet) -> Iterator[RowForm]:
    """The rows in which something stands, of a valid form set."""
    return (form for form in formset.forms if not form.is_blank)


def typed_rows(post: QueryDict, prefix: str, form_class: type[RowForm]) -> list[dict[str, str]]:
    """The rows as typed, unchecked: the initial values of a form that is shown again with more rows."""
    total = post.get(f"{prefix}-TOTAL_FORMS", "")
    count = min(int(total), MAX_ROWS) if total.isascii() and total.isdigit() and len(total) < 5 else 0
    rows = [{name: post.get(f"{prefix}-{at}-{name}", "") for name in form_class.base_fields} for at in range(count)]
    return [row for row in rows if any(row[name].strip() for name in form_class.signs)]
