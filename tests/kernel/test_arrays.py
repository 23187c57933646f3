"""Lists reach the database as they are, whether the driver writes the array or we do."""

from datetime import date

import pytest
from django.db import connection

from commanda.kernel.arrays import as_array, number_array, text_array
from commanda.kernel.prepared import planned_cursor

pytestmark = pytest.mark.django_db
NASTY = ("tab\tbreak\nend", "back\\slash \\N \\. {a,b}", "quote \"double\" 'single'", "أمينة NULL", "NULL", "%s", "")


def test_arrays_come_back_as_given_when_written_as_text():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::text[], %s::bigint[], %s::text[]",
            [text_array(NASTY), number_array([1, None, -3]), text_array([])],
        )
        assert cursor.fetchone() == (list(NASTY), [1, None, -3], [])


def test_lists_are_bound_as_given_when_a_statement_is_planned():
    numbers, days, flags = [3, -(2**62), 0], [date(2026, 1, 2)], [True, False]
    with planned_cursor() as cursor:
        cursor.execute(
            "SELECT %s::bigint[], %s::text[], %s::text[], %s::date[], %s::boolean[], %s::int[]",
            [numbers, list(NASTY), [], days, flags, [None, 1]],
        )
        assert cursor.fetchone() == (numbers, list(NASTY), [], days, flags, [None, 1])
        cursor.execute("SELECT 'b' = ANY(%(some)s), 2 = ANY(%(few)s)", {"some": ["a", "b"], "few": []})
        assert cursor.fetchone() == (True, False)


def test_only_what_every_element_is_sure_of_is_written_by_us():
    assert as_array([1, 2]) == "{1,2}"
    assert as_array(["a", 'b"']) == '{"a","b\\""}'
    assert as_array([]) == "{}"
    for mixed in ([1, "a"], [True], [1, None], [["a"]]):
        assert as_array(mixed) is mixed
