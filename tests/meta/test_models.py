"""What must be true of every model, also of those that are still to be written."""

import pytest
from django.apps import apps
from django.db import models

from commanda.accounts.permissions import Perm
from commanda.kernel.visibility import FIELDS, MODELS, PERMISSION_FOR, FieldClass, RowScope

OURS = [model for model in apps.get_models() if model.__module__.startswith("commanda.")]
TELLING = ("cost", "profit", "margin", "secret", "token", "password", "digest", "commission")
MONEY_OF_FINANCE = {FieldClass.COST, FieldClass.OWN_COMMISSION}
# Instants and days that the field's language names otherwise.
OTHER_NAMES = {"confirmation.Lease.until", "accounts.User.last_login"}


def label(model):
    return model._meta.label


def columns(model):
    return [field for field in model._meta.get_fields() if field.concrete]


def named(model, field):
    return f"{label(model)}.{field.name}"


def test_every_model_is_classified():
    assert {label(model) for model in OURS} == set(MODELS)


def test_every_classified_field_exists():
    known = {named(model, field) for model in OURS for field in columns(model)}
    assert set(FIELDS) <= known


@pytest.mark.parametrize("model", OURS, ids=label)
def test_field_with_a_telling_name_is_not_public(model):
    if MODELS[label(model)] is RowScope.INTERNAL:
        return  # never leaves the services
    open_fields = [
        named(model, field)
        for field in columns(model)
        if any(word in field.name for word in TELLING)
        and not field.is_relation
        and FIELDS.get(named(model, field), FieldClass.PUBLIC) is FieldClass.PUBLIC
    ]
    assert not open_fields


def test_every_amount_of_finance_is_for_those_who_may_see_it():
    amounts = [
        (named(model, field))
        for model in OURS
        if model._meta.app_label == "finance"
        for field in columns(model)
        if isinstance(field, models.DecimalField)
    ]
    assert amounts
    assert {FIELDS.get(name) for name in amounts} <= MONEY_OF_FINANCE


def test_cost_stands_nowhere_but_in_finance_and_in_kept_sums():
    for name, field_class in FIELDS.items():
        if field_class in MONEY_OF_FINANCE:
            model = name.rpartition(".")[0]
            is_internal = model.startswith("insights.") and MODELS[model] is RowScope.INTERNAL
            assert is_internal or model.startswith("finance."), name


def test_every_sensitive_class_has_its_right():
    assert set(PERMISSION_FOR) == set(FieldClass) - {FieldClass.PUBLIC, FieldClass.SECRET}
    assert set(PERMISSION_FOR.values()) <= set(Perm.values)


@pytest.mark.parametrize("model", [model for model in OURS if MODELS.get(label(model)) is RowScope.SCOPED], ids=label)
def test_scoped_model_can_be_limited_to_an_actor(model):
    assert callable(getattr(model.objects, "visible_to", None))


# The columns of kept sums have the names of the measures that they are sums of.
NAMED_BY_US = [model for model in OURS if label(model) != "insights.DailySum"]


@pytest.mark.parametrize("model", NAMED_BY_US, ids=label)
def test_names_tell_the_unit(model):
    for field in columns(model):
        name = named(model, field)
        if name in OTHER_NAMES or field.is_relation:
            continue
        if isinstance(field, models.DateTimeField):
            assert field.name.endswith("_at") or field.name == "at", name
        elif isinstance(field, models.DateField):
            assert field.name.endswith("_on"), name
        elif isinstance(field, models.DecimalField):
            assert field.name.endswith(("amount", "rate", "ratio")), name
        assert not isinstance(field, models.FloatField), name
