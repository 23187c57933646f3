"""The script for a sheet, run under node with stand-ins for Google's services, against the live address."""

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from commanda.intake.deliveries import MAX_BODY
from commanda.intake.models import HookDelivery, Source
from commanda.intake.services.hooks import make_secret
from commanda.orders.models import Order
from commanda.web.intake.hooks import script_of
from tests.factories import make_variant
from tests.intake.helpers import make_source, row, sheet
from tests.intake.hook_helpers import SYSTEM, make_hook, take_in

HOST = Path(__file__).with_name("apps_script_host.js")
NODE = shutil.which("node") or "node"


def run(script: str, rows: list[list[Any]], *calls: str, **world: Any) -> dict[str, Any]:
    """Run functions of the script in a spreadsheet; `properties` and `triggers` of an earlier run may be given on."""
    told = {"script": script, "tabs": {"Commandes": rows, "Notes": [["x"]]}, "calls": calls, **world}
    done = subprocess.run(
        [NODE, str(HOST)], input=json.dumps(told), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.fixture
def script(live_server, watch):
    source, secret = make_hook("Feuille privée */ alert(1)", is_script=True)
    return source, script_of(source, live_server.url + reverse("intake_hook", args=[source.hook_id]), secret)


@pytest.mark.django_db(transaction=True)
def test_rows_become_orders_when_the_script_is_installed(script):
    source, text = script
    # In summer, when every edition of the time zones agrees on Morocco: the script writes what the sheet's clock shows.
    dated = row(1, date={"date": "2026-07-12T13:00:00Z"}, telephone=612345678)
    world = run(text, sheet(dated, row(2)), "install")
    assert (world["failure"], world["errors"]) == ("", [])
    assert sorted(made["on"] for made in world["triggers"]) == ["change", "edit", "every 5"]
    assert take_in(source).new_qty == 2
    first = Order.objects.get(phone_e164="+212612345678")
    assert (first.channel, first.created_at.isoformat()) == ("sheet", "2026-07-12T13:00:00+00:00")
    again = run(text, sheet(dated, row(2)), "install", triggers=world["triggers"])
    assert len(again["triggers"]) == 3


@pytest.mark.django_db(transaction=True)
def test_only_changed_batches_are_sent_when_the_script_runs_again(script):
    source, text = script
    text = text.replace("BATCH_ROWS = 500", "BATCH_ROWS = 2")
    rows = [row(number) for number in range(5)]
    world = run(text, sheet(*rows), "push")
    assert len(world["requests"]) == 3
    world = run(text, sheet(*rows), "push", properties=world["properties"])
    assert not world["requests"]
    rows[2] = row(2, quantite="3", prix="500")
    rows.append([""] * len(rows[0]))
    world = run(text, sheet(*rows), "push", properties=world["properties"])
    assert len(world["requests"]) == 1
    world = run(text, sheet(*rows[:2]), "push", properties=world["properties"])
    assert sorted(name for name in world["properties"] if name.startswith("batch_")) == ["batch_0"]
    take_in(source)
    assert Order.objects.count() == 5
    assert Order.objects.get(phone_e164="+212600000002").total_amount == 500


@pytest.mark.django_db(transaction=True)
def test_former_content_is_sent_again_when_it_comes_back(script):
    source, text = script
    world: dict[str, Any] = {"properties": {}}
    for quantity in ("1", "2", "1"):
        world = run(text, sheet(row(1, quantite=quantity)), "push", properties=world["properties"])
        assert len(world["requests"]) == 1
        take_in(source)
    assert Order.objects.get().lines.get().quantity == 1


@pytest.mark.django_db(transaction=True)
def test_batches_stay_below_the_limit_when_cells_are_long(script):
    source, text = script
    rows = [row(number, remarque="ن" * 4000) for number in range(300)]
    world = run(text, sheet(*rows), "push")
    assert world["errors"] == []
    assert len(world["requests"]) > 1
    assert all(request["bytes"] < MAX_BODY for request in world["requests"])
    assert HookDelivery.objects.filter(source=source).count() == len(world["requests"])


def test_script_waits_longer_each_time_when_nobody_answers(db):
    source, secret = make_hook(is_script=True)
    text = script_of(source, "https://shop.example/hooks/", secret)
    waits, properties, later = [], {}, 0
    for _ in range(4):
        world = run(text, sheet(row(1)), "push", properties=properties, offline=True, later=later)
        assert (len(world["requests"]), len(world["errors"])) == (1, 1)
        properties = world["properties"]
        silent = run(text, sheet(row(1)), "push", properties=dict(properties), later=later)
        assert not silent["requests"]
        waits.append(int(properties["wait_until"]))
        later += 3600 * 2
    lengths = [second - first - 7200_000 for first, second in pairwise(waits)]
    assert all(length > 30_000 for length in lengths)
    assert "batch_0" not in properties
    world = run(text, sheet(row(1)), "push", properties=properties, answer=202, later=later)
    assert len(world["requests"]) == 1
    assert "wait_until" not in world["properties"]


@pytest.mark.parametrize("answer", [401, 413, 500])
def test_nothing_counts_as_sent_when_it_was_refused(db, answer):
    source, secret = make_hook(is_script=True)
    text = script_of(source, "https://shop.example/hooks/", secret)
    world = run(text, sheet(row(1)), "push", answer=answer)
    assert str(answer) in world["errors"][0]
    assert "batch_0" not in world["properties"]


def test_another_run_is_left_to_send_when_it_is_under_way(db):
    source, secret = make_hook(is_script=True)
    world = run(script_of(source, "https://shop.example/", secret), sheet(row(1)), "push", locked=True)
    assert (world["requests"], world["failure"]) == ([], "")


@pytest.mark.django_db(transaction=True)
def test_sheet_that_we_read_is_only_reported_as_changed(live_server):
    made = make_source("Feuille", kind=Source.Kind.SHEET_LINK, options={"link": "x"}, mapping={"columns": {}})
    source, secret = make_secret(actor=SYSTEM, source_id=made.pk)
    text = script_of(source, live_server.url + reverse("intake_hook", args=[source.hook_id]), secret)
    world = run(text, sheet(row(1)), "install")
    assert (world["failure"], world["errors"]) == ("", [])
    assert [json.loads(request["body"]) for request in world["requests"]] == [{"event": "ping"}, {"event": "changed"}]
    assert "0600000001" not in json.dumps(world["requests"])
