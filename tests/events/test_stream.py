"""The stream over HTTP, fed by real changes: who hears what, who is sent away, what survives."""

import asyncio
import time

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from commanda.accounts.services.users import update_user
from commanda.confirmation.services.presence import set_presence
from commanda.events.app import Events
from commanda.events.hub import Hub
from commanda.kernel.actor import system_actor
from commanda.orders.services.assign import assign_orders
from tests.events.serving import Browser, database_url, session_of, until
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")


def assign(order, user):
    assign_orders(actor=SYSTEM, order_ids=[order.pk], agent_id=user.pk if user else None)


def test_headers_and_first_words_are_those_of_a_stream(serve):
    browser = serve().listen(session_of(make_user("admin")))
    assert browser.status == 200
    assert browser.answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert browser.answer.headers["Cache-Control"] == "no-store"
    assert browser.answer.headers["X-Accel-Buffering"] == "no"
    assert browser.lines[:2] == ["retry: 3000", ""]


def test_roles_hear_their_own_when_an_order_changes_hands(serve):
    people = {role: make_user(role) for role in ("admin", "supervisor", "agent", "buyer")}
    other = make_user("agent")
    order = make_order(make_variant(stock=5), assignee_id=people["agent"].pk)
    served = serve()
    heard = {role: served.listen(session_of(user)) for role, user in people.items()}
    others = served.listen(session_of(other))

    assign(order, other)  # the former agent hears that it is gone …
    for browser in (heard["admin"], heard["supervisor"], heard["agent"], others):
        until(lambda browser=browser: {"orders", "queue", f"order:{order.pk}"} <= browser.topics)
    assert "board" in heard["supervisor"].topics
    assert "board" not in heard["agent"].topics

    for browser in heard.values():
        browser.forget()
    assign(order, None)  # … and nothing more
    until(lambda: "orders" in heard["supervisor"].topics)
    time.sleep(1)
    assert heard["agent"].topics == heard["buyer"].topics == set()


def test_maker_hears_when_his_order_is_given_to_somebody(serve):
    maker, other = make_user("agent"), make_user("agent")
    browser = serve().listen(session_of(maker))
    order = make_order(make_variant(stock=5), actor=maker.as_actor())
    until(lambda: f"order:{order.pk}" in browser.topics)
    browser.forget()
    time.sleep(0.6)
    assign(order, other)
    until(lambda: f"order:{order.pk}" in browser.topics)


def test_presence_is_told_to_who_leads(serve):
    agent = make_user("agent")
    served = serve()
    leader, colleague = (
        served.listen(session_of(make_user("supervisor"))),
        served.listen(session_of(make_user("agent"))),
    )
    set_presence(actor=agent.as_actor(), status="break")
    until(lambda: "board" in leader.topics)
    assert colleague.topics == set()


@pytest.mark.parametrize("session", ["", "nonsense", "x" * 500, "a\tb"])
def test_stranger_is_refused(serve, session):
    served = serve()
    answer = Browser(served.port, session)
    assert answer.status == 401


def test_other_addresses_and_methods_are_refused(serve):
    served = serve()
    assert Browser(served.port, "", path="/orders/").status == 404
    assert Browser(served.port, "", path="/healthz").status == 200
    assert Browser(served.port, "", method="POST").status == 405


def test_visitor_and_forged_session_are_refused(serve):
    user = make_user("admin")
    session = session_of(user)
    served = serve()
    visitor = Client()
    visitor.get("/accounts/login/")
    store = visitor.session
    store["seen"] = 1
    store.save()
    assert Browser(served.port, store.session_key).status == 401
    with psycopg.connect(database_url(), autocommit=True) as own:
        own.execute("UPDATE django_session SET session_data = session_data || 'x' WHERE session_key = %s", [session])
    assert Browser(served.port, session).status == 401


def change_role(user):
    update_user(actor=SYSTEM, user_id=user.pk, changes={"role_id": make_user("buyer").role_id})


def deactivate(user):
    update_user(actor=SYSTEM, user_id=user.pk, changes={"is_active": False})


def change_password(user):
    update_user(actor=SYSTEM, user_id=user.pk, changes={}, password="Une-autre-phrase-9")


@pytest.mark.parametrize("change", [change_role, deactivate, change_password])
def test_stream_ends_at_once_when_the_persons_rights_change(serve, change):
    user = make_user("agent")
    served = serve(check_seconds=600)  # by the hint, not by the round
    mine, others = served.listen(session_of(user)), served.listen(session_of(make_user("agent")))
    change(user)
    until(lambda: mine.is_closed)
    assert not others.is_closed


def test_stream_ends_at_the_next_round_when_the_person_signs_out(serve):
    user = make_user("agent")
    client = Client()
    client.force_login(user)
    served = serve(check_seconds=0.3)
    browser = served.listen(client.cookies["sessionid"].value)
    time.sleep(1)
    assert not browser.is_closed
    client.logout()
    until(lambda: browser.is_closed, seconds=3)


def test_person_is_refused_when_too_many_streams_are_open(serve):
    session = session_of(make_user("admin"))
    served = serve(hub=Hub(most_per_person=2))
    browsers = [served.listen(session), served.listen(session)]
    assert Browser(served.port, session).status == 429
    browsers[0].close()
    until(lambda: len(served.events.hub.streams) == 1)
    assert Browser(served.port, session).status == 200


def test_hints_come_again_when_the_database_connection_died(serve):
    user = make_user("admin")
    served = serve()
    browser = served.listen(session_of(user))
    with psycopg.connect(database_url(), autocommit=True) as own:
        killed = own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE %s AND datname = current_database()",
            ["LISTEN %"],
        ).fetchall()
    assert killed == [(True,)]
    until(lambda: "*" in browser.topics)  # what was missed meanwhile is looked at
    browser.forget()
    make_order(make_variant(stock=1))
    until(lambda: "orders" in browser.topics)


def test_many_changes_make_few_messages(serve):
    variant = make_variant(stock=50)
    browser = serve().listen(session_of(make_user("admin")))
    for _number in range(20):
        make_order(variant)
    until(lambda: "orders" in browser.topics)
    time.sleep(1.2)
    assert len([line for line in browser.lines if line.startswith("data:")]) < 12


def test_beats_keep_a_silent_stream_open(serve):
    browser = serve(beat_seconds=0.3).listen(session_of(make_user("admin")))
    until(lambda: browser.lines.count(": beat") >= 2)


def test_slow_reader_is_dropped():
    """A browser that takes nothing: the first write never ends."""
    session = session_of(make_user("admin"))

    async def scene():
        events = Events(url=database_url(), secret=settings.SECRET_KEY, slow_seconds=0.2)

        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

        scope = {
            "type": "http",
            "path": "/events",
            "method": "GET",
            "headers": [(b"cookie", f"sessionid={session}".encode())],
        }
        await asyncio.wait_for(events(scope, receive, send), 5)
        assert events.hub.streams == set()
        await events.stop()

    asyncio.run(scene())
