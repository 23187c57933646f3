"""Two people at their browsers, behind the front: what a third program does is seen without reloading."""

import os
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from commanda.kernel.actor import system_actor
from commanda.orders.services.assign import assign_orders
from tests.events.serving import database_url
from tests.factories import make_order, make_user, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("e2e")]
CREATE = """
import sys, django
django.setup()
from commanda.catalog.models import Variant
from tests.factories import make_order
make_order(Variant.objects.get(pk=int(sys.argv[1])), customer_name="Nouvelle Cliente")
"""


def in_another_process(variant) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CREATE, str(variant.pk)],
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "commanda.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_new_order_is_told_to_who_may_see_it_without_reloading(open_page):
    variant = make_variant(stock=9)
    agent = make_user("agent")
    make_order(variant, assignee_id=agent.pk)
    supervisors, agents = open_page(make_user("supervisor")), open_page(agent)
    for page in (supervisors, agents):
        page.evaluate("window.neverReloaded = true")

    in_another_process(variant)
    pill = supervisors.locator(".live-pill")
    expect(pill).to_contain_text("1 new order", timeout=15_000)
    time.sleep(1)
    expect(agents.locator(".live-pill")).to_have_count(0)
    pill.click()
    expect(supervisors.locator("#orders")).to_contain_text("Nouvelle Cliente")
    expect(pill).to_have_count(0)

    order = make_order(variant, customer_name="Pour Amal")
    assign_orders(actor=system_actor("test"), order_ids=[order.pk], agent_id=agent.pk)
    expect(agents.locator(".live-pill")).to_contain_text("1 new order", timeout=15_000)
    assert all(page.evaluate("window.neverReloaded") for page in (supervisors, agents))


def test_part_waits_while_somebody_works_in_it(open_page):
    variant = make_variant(stock=9)
    page = open_page(make_user("supervisor"), "/")
    page.evaluate("""() => {
        const part = document.querySelector("[data-live~=orders]");
        part.dataset.liveSeconds = "0.1";
        const field = document.createElement("input");
        field.id = "typed";
        part.append(field);
        field.focus();
    }""")
    page.keyboard.type("half a wo")
    make_order(variant)
    time.sleep(2)
    assert page.input_value("#typed") == "half a wo"
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#typed")).to_have_count(0, timeout=15_000)  # fetched anew


def test_page_says_so_when_the_stream_is_lost_and_looks_again_when_it_is_back(open_page, windows):
    windows.allowed = ("ERR_INTERNET_DISCONNECTED",)
    variant = make_variant(stock=9)
    page = open_page(make_user("supervisor"))
    make_order(variant)
    expect(page.locator(".live-pill")).to_contain_text("1 new order")
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # Chromium keeps open connections when it goes offline
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    state = page.locator("[data-live-state]")
    expect(state).to_be_visible(timeout=15_000)
    make_order(variant)
    page.context.set_offline(False)
    expect(page.locator(".live-pill")).to_contain_text("2 new orders", timeout=15_000)
    expect(state).to_be_hidden()
