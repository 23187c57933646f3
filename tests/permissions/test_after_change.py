"""A session and a key under other rights: what was open a moment ago is shut with the next request.

The stream of live updates ends the same way: `tests/events/test_stream.py`.
"""

import pytest
from django.test import Client
from django.urls import reverse

from commanda.accounts.models import Role
from commanda.accounts.services.roles import save_role
from commanda.accounts.services.users import update_user
from commanda.orders.services.assign import assign_orders
from tests.factories.people import PASSWORD
from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import SYSTEM, build_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return build_shop()


def statuses(shop, role, *names, order="mine"):
    by_name = {address.name: address for address in addresses()}
    return [ask(shop, role, by_name[name], "GET", order=order).status_code for name in names]


def test_page_and_key_are_shut_when_the_role_changes(shop):
    names = ("board", "orders", "api:list_orders", "orders_export")
    assert statuses(shop, "supervisor", *names) == [200] * 4
    buyer = Role.objects.get(slug="buyer")
    update_user(actor=SYSTEM, user_id=shop.people["supervisor"].pk, changes={"role_id": buyer.pk})
    assert statuses(shop, "supervisor", *names) == [403] * 4


def test_page_and_key_are_shut_when_the_role_loses_a_right(shop):
    role = Role.objects.get(slug="supervisor")
    fewer = [right for right in role.permissions if right != "stock.view"]
    names = ("stock", "api:list_stock")
    assert statuses(shop, "supervisor", *names) == [200] * 2
    save_role(actor=SYSTEM, role_id=role.pk, name=role.name, permissions=fewer)
    assert statuses(shop, "supervisor", *names) == [403] * 2


def test_order_is_gone_when_somebody_else_gets_it(shop):
    names = ("order", "order_edit", "api:one_order", "api:list_events")
    assert statuses(shop, "agent", *names) == [200] * 4
    assert shop.mine.reference in exported(shop)
    assign_orders(actor=SYSTEM, order_ids=[shop.mine.pk], agent_id=shop.people["other_agent"].pk)
    assert statuses(shop, "agent", *names) == [404] * 4
    assert shop.mine.reference not in exported(shop)


def exported(shop):
    by_name = {address.name: address for address in addresses()}
    return ask(shop, "agent", by_name["orders_export"], "GET").getvalue().decode()


def test_everything_is_shut_when_the_person_is_deactivated(shop):
    update_user(actor=SYSTEM, user_id=shop.people["agent"].pk, changes={"is_active": False})
    by_name = {address.name: address for address in addresses()}
    answer = ask(shop, "agent", by_name["order"], "GET")
    assert (answer.status_code, reverse("account_login") in answer["Location"]) == (302, True)
    assert statuses(shop, "agent", "api:one_order", "api:me") == [401, 401]


def test_session_does_not_come_back_with_the_person(shop):
    person, browser = shop.people["agent"], Client()
    browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert browser.get(reverse("orders")).status_code == 200
    for is_active in (False, True):
        update_user(actor=SYSTEM, user_id=person.pk, changes={"is_active": is_active})
    assert browser.get(reverse("orders")).status_code == 302


def test_sessions_end_when_an_administrator_sets_a_password(shop):
    update_user(actor=SYSTEM, user_id=shop.people["agent"].pk, changes={}, password="Tapis-volant-77")
    assert statuses(shop, "agent", "order") == [302]
