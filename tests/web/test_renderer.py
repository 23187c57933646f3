"""What our renderer writes at once is what Django's templates draw."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.test import SimpleTestCase
from django.utils.html import format_html

from commanda.web.renderer import PlainWidgets

same = SimpleTestCase().assertHTMLEqual
CHOICES = [("", "–"), ("a", "Ménara <b>"), ("grp & co", [("b", 'quote "'), (3, "trois")]), ("c", "c")]
ATTRIBUTES = {
    "class": "form-control is-invalid",
    "disabled": True,
    "required": False,
    "maxlength": 30,
    "data-x": '"<&>',
}
VALUES = [None, "", "Agadir", '"><script>alert(1)</script>', 7, Decimal("1234.50"), datetime(2026, 11, 28, tzinfo=UTC)]
WIDGETS = {
    "text": forms.TextInput(),
    "number": forms.NumberInput(attrs={"min": 0, "step": "any"}),
    "email": forms.EmailInput(),
    "url": forms.URLInput(),
    "tel": forms.TelInput(),
    "search": forms.SearchInput(),
    "password": forms.PasswordInput(),
    "hidden": forms.HiddenInput(),
    "date": forms.DateInput(),
    "datetime": forms.DateTimeInput(),
    "time": forms.TimeInput(),
    "select": forms.Select(choices=CHOICES),
    "yes or no": forms.NullBooleanSelect(),
    "textarea": forms.Textarea(),
    "radio": forms.RadioSelect(choices=CHOICES),
    "checkbox": forms.CheckboxInput(),
}


def test_it_is_the_one_in_use():
    assert isinstance(get_default_renderer(), PlainWidgets)


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("name", WIDGETS)
def test_widget_is_drawn_as_django_draws_it(name, value):
    ours, djangos = (
        WIDGETS[name].render("field[0]", value, ATTRIBUTES, renderer)
        for renderer in (PlainWidgets(), DjangoTemplates())
    )
    same(ours, djangos)


@pytest.mark.parametrize("value", ["a", "b", 3, "3", "", "unknown"])
def test_option_is_chosen_where_django_chooses_it(value):
    ours, djangos = (WIDGETS["select"].render("s", value, {}, each) for each in (PlainWidgets(), DjangoTemplates()))
    same(ours, djangos)


def test_text_that_is_markup_stays_text():
    drawn = WIDGETS["text"].render("q", '"><script>', {"title": "<b>"}, PlainWidgets())
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    safe = forms.Select(choices=[("a", format_html("<i>{}</i>", "x"))]).render("s", None, {}, PlainWidgets())
    assert "<i>x</i>" in safe
