"""Compares a journal (JSON on stdin) with the database, and prints what is wrong as JSON. A process of its own."""

import json
import sys
from collections import Counter

PHONES = ("order", "hook", "row")


def main():
    import django

    django.setup()
    journal = json.load(sys.stdin)
    wrong = [*orders_of(journal), *moves_of(journal), *calls_of(journal), *stuck()]
    json.dump(wrong, sys.stdout, ensure_ascii=False)


def orders_of(journal):
    """Each phone ordered once: what was acknowledged exactly once, what was not at most once."""
    from commanda.orders.models import Order

    found = Counter(Order.objects.values_list("phone_e164", flat=True))
    for kind in PHONES:
        sure, doubtful = journal["acknowledged"][kind], journal["doubtful"][kind]
        yield from said(f"{kind}: acknowledged but lost", [p for p in sure if not found[e164(p)]])
        yield from said(f"{kind}: there more than once", [p for p in (*sure, *doubtful) if found[e164(p)] > 1])


def moves_of(journal):
    from commanda.audit.models import Event
    from commanda.orders.models import Order

    reference = dict(Order.objects.values_list("pk", "reference"))
    found = Counter()
    for pk, changes in Event.objects.filter(subject="order", name="order.moved").values_list("subject_id", "changes"):
        found[reference[pk], changes["state"][1]] += 1
    sure, doubtful = ([tuple(each) for each in journal[how]["move"]] for how in ("acknowledged", "doubtful"))
    yield from said("move: acknowledged but lost", [each for each in sure if not found[each]])
    yield from said("move: done more than once", [each for each in (*sure, *doubtful) if found[each] > 1])


def calls_of(journal):
    from commanda.confirmation.models import Call

    found = Counter(Call.objects.values_list("order__reference", flat=True))
    sure, doubtful = journal["acknowledged"]["call"], journal["doubtful"]["call"]
    yield from said("call: acknowledged but lost", [each for each in sure if not found[each]])
    yield from said("call: there more than once", [each for each in (*sure, *doubtful) if found[each] > 1])


def stuck():
    """Jobs that nobody does, runs that nobody ends, deliveries that nobody takes in."""
    from django.db import connection

    from commanda.intake.models import HookDelivery, ImportRun

    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2")
        jobs = cursor.fetchall()
    yield from said("job stuck", [row for row in jobs if row[1] == "doing"])
    yield from said("job failed for good", [row for row in jobs if row[1] not in {"doing", "todo", "succeeded"}])
    runs = ImportRun.objects.filter(status__in=("queued", "running")).values_list("pk", "status")
    yield from said("import not ended", list(runs))
    for status in ("waiting", "failed"):
        deliveries = HookDelivery.objects.filter(status=status).values_list("pk", flat=True)
        yield from said(f"delivery {status}", list(deliveries))


def e164(phone):
    return f"+212{phone[1:]}"


def said(what, found):
    if found:
        yield f"{what}: {len(found)}, such as {found[:5]}"


if __name__ == "__main__":
    main()
