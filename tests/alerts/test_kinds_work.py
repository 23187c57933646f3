from datetime import timedelta

import pytest
from django.db import connection

from commanda.alerts.models import AlertRule
from commanda.alerts.services.settle import Settled
from commanda.confirmation.models import QueueEntry
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.kernel.clock import now, time_is
from commanda.orders.services.assign import assign_orders
from tests.alerts.helpers import SYSTEM, keys, look, make_rule, open_ones
from tests.factories import make_order, make_user, make_variant
from tests.intake.helpers import make_source, read, row, sheet

pytestmark = pytest.mark.django_db


def later(**span):
    return time_is(now() + timedelta(**span))


def test_unassigned_orders_ring_together_once_they_have_waited():
    rule = make_rule("unassigned", limits={"hours": "3"})
    first, _second = make_order(make_variant()), make_order(make_variant())
    look(rule)
    assert open_ones(rule) == []
    with later(hours=4):
        look(rule)
        (alert,) = open_ones(rule)
        assert (alert.subject_key, alert.facts["value"]) == ("all", "2")
        assign_orders(actor=SYSTEM, order_ids=[first.pk], agent_id=make_user("agent").pk)
        look(rule)
        assert open_ones(rule)[0].facts["value"] == "1"
    QueueEntry.objects.all().delete()
    with later(hours=4):
        look(rule)
    assert open_ones(rule) == []


def test_late_orders_ring_for_their_agent():
    rule = make_rule("late_orders", limits={"hours": "24", "orders": "2"})
    busy, idle = make_user("agent"), make_user("agent")
    for agent in (busy, busy, idle):
        make_order(make_variant(), assignee_id=agent.pk)
    with later(hours=25):
        look(rule)
        (alert,) = open_ones(rule)
    assert (alert.things, alert.owner_ids, alert.facts["value"]) == ({"agent": busy.pk}, [busy.pk], "2")


def test_source_rings_when_it_has_an_error_and_stops_when_it_is_read():
    rule = make_rule("stale_source")
    source = make_source(kind=Source.Kind.SHEET_LINK, mapping={"columns": {}}, error_code="sheet_denied")
    make_source("Fichier")
    look(rule)
    assert keys(rule) == [str(source.pk)]
    Source.objects.filter(pk=source.pk).update(error_code="", last_success_at=now())
    look(rule)
    assert open_ones(rule) == []


def test_source_rings_when_it_was_not_read_for_many_intervals():
    rule = make_rule("stale_source", limits={"intervals": "10"})
    source = make_source(kind=Source.Kind.SHEET_LINK, mapping={"columns": {}}, poll_seconds=60, last_success_at=now())
    with later(minutes=9):
        look(rule)
        assert open_ones(rule) == []
    with later(minutes=11):
        look(rule)
        (alert,) = open_ones(rule)
        assert (alert.facts["value"], alert.facts["limit"]) == ("11", "10")
    Source.objects.filter(pk=source.pk).update(is_active=False)
    with later(minutes=12):
        look(rule)
    assert open_ones(rule) == []


def test_rows_in_the_inbox_ring_by_source_once_they_have_waited():
    rule, source = make_rule("inbox_waiting", limits={"hours": "12"}), make_source()
    make_variant(name="Montre Atlas", sku="ATLAS")
    read(source, sheet(row(1, telephone="#ERROR!"), row(2)))
    look(rule)
    assert open_ones(rule) == []
    with later(hours=13):
        look(rule)
        (alert,) = open_ones(rule)
        assert (alert.things, alert.facts["value"]) == ({"source": source.pk}, "1")
        StagedRow.objects.update(status="ignored")
        look(rule)
    assert open_ones(rule) == []


def defer(task="commanda.orders.tasks.fold_counts", status="todo", minutes=0):
    """A job that has waited for so long."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at)
            VALUES ('default', %s, '{}', %s, %s) RETURNING id""",
            [task, status, now() - timedelta(minutes=minutes)],
        )
        (pk,) = cursor.fetchone()
        if status == "failed":
            cursor.execute("INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'failed', %s)", [pk, now()])
    return pk


def test_jobs_that_nobody_takes_ring():
    rule = make_rule("jobs_waiting", limits={"minutes": "15"})
    defer(minutes=10)
    look(rule)
    assert open_ones(rule) == []
    defer(minutes=20)
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.facts["value"], alert.facts["jobs"]) == ("20", "2")


def test_failed_jobs_ring_by_task_for_a_day():
    rule = make_rule("jobs_failed")
    defer("essai.tache", status="failed")
    look(rule)
    assert [alert.things for alert in open_ones(rule)] == [{"task": "essai.tache"}]
    with later(hours=25):
        look(rule)
    assert open_ones(rule) == []


def test_rule_that_fails_rings_until_it_works_again():
    rule, broken = make_rule("rules_failing"), AlertRule.objects.first()
    AlertRule.objects.filter(pk=broken.pk).update(failed_at=now() - timedelta(minutes=30))
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.things, alert.facts["value"]) == ({"rule": broken.pk}, "30")
    AlertRule.objects.update(failed_at=None)
    look(rule)
    assert open_ones(rule) == []


def test_source_with_an_error_rings_on_while_it_is_read_again():
    rule = make_rule("stale_source")
    source = make_source(kind=Source.Kind.SHEET_LINK, mapping={"columns": {}}, error_code="sheet_denied")
    look(rule)
    ImportRun.objects.create(source=source, trigger=ImportRun.Trigger.POLL, started_at=now())
    assert look(rule) == Settled(0, 0, 1)


def test_source_that_was_never_read_rings_as_late_once_it_is_mapped():
    rule = make_rule("stale_source", limits={"intervals": "10"})
    mapped = make_source(kind=Source.Kind.SHEET_LINK, mapping={"columns": {}}, poll_seconds=60)
    make_source("Sans colonnes", kind=Source.Kind.SHEET_LINK, poll_seconds=60)
    make_source("Fichier", poll_seconds=60)
    with later(minutes=9):
        look(rule)
        assert open_ones(rule) == []
    with later(minutes=11):
        look(rule)
        assert keys(rule) == [str(mapped.pk)]
