"""Rows inserted in sets are those that Django would insert, few or many."""

from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commanda.customers.models import Customer
from commanda.intake.models import UploadedSheet
from commanda.kernel.bulk import insert_rows
from commanda.kernel.clock import now

pytestmark = pytest.mark.django_db
NAMES = ("phone_e164", "name", "created_at", "updated_at")
NASTY = ("tab\tbreak\nend", "back\\slash \\N \\. {a,b}", "quote \"double\" 'single'", "أمينة NULL", "%s %(x)s", "")


def rows(quantity):
    return [(f"+21260000{at:04d}", NASTY[at % len(NASTY)], now(), now()) for at in range(quantity)]


@pytest.mark.parametrize("quantity", [1, 4, 5, 60])
def test_values_stand_as_they_were_given_when_rows_are_few_or_many(quantity):
    given = rows(quantity)
    with CaptureQueriesContext(
        connection,
    ) as sent:
        insert_rows(Customer, NAMES, given)
    assert len(sent) == 1
    assert list(Customer.objects.order_by("phone_e164").values_list(*NAMES)) == given


@pytest.mark.parametrize("quantity", [1, 60])
def test_columns_nobody_names_hold_the_defaults_of_the_model_when_inserted(quantity):
    insert_rows(Customer, NAMES, rows(quantity))
    stored, usual = Customer.objects.first(), Customer()
    assert stored.pk
    for field in Customer._meta.concrete_fields:
        if field.attname not in (*NAMES, "id"):
            assert getattr(stored, field.attname) == getattr(usual, field.attname), field.attname


@pytest.mark.parametrize("quantity", [1, 60])
def test_refusals_are_those_of_django_when_a_row_breaks_a_constraint(quantity):
    insert_rows(Customer, NAMES, rows(quantity))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Customer, NAMES, rows(quantity))
    with pytest.raises((DataError, ValueError)), transaction.atomic():
        insert_rows(Customer, NAMES, [(f"+2127{at}", "nul \0", now(), now()) for at in range(quantity)])
    assert Customer.objects.count() == quantity


def test_a_column_whose_default_is_another_each_time_has_to_be_named():
    assert UploadedSheet._meta.pk.default is uuid4
    with pytest.raises(TypeError, match=r"name the columns \['id'\]"):
        insert_rows(UploadedSheet, ("name",), [("commandes.csv",)])


def test_nothing_is_sent_when_there_are_no_rows(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(Customer, NAMES, [])
