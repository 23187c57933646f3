import threading

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from commanda.accounts.models import User
from commanda.kernel.actor import ANONYMOUS
from commanda.kernel.errors import CommandaError, NotFound
from commanda.orders.models import Store
from commanda.orders.services.open_shop import open_shop
from tests.factories import make_user, make_variant
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Nadia Exemple",
    "email": "Nadia@Example.com",
    "password": PASSWORD,
    "language": "ar",
    "store_name": "Dar Zitoun",
    "store_prefix": "dz",
}


@pytest.mark.parametrize("address", ["/", reverse("account_login")])
def test_visitor_is_led_to_the_first_run_when_nobody_exists(client, address):
    assert client.get(address)["Location"] == reverse("first_run")


@pytest.mark.parametrize("address", ["/", reverse("account_login")])
def test_visitor_is_not_led_there_when_somebody_exists(client, address):
    make_user("agent")
    assert client.get(address).headers.get("Location", "") != reverse("first_run")


def test_administrator_and_store_are_made_and_signed_in_when_the_form_is_sent(client):
    answer = client.post(reverse("first_run"), FORM)
    assert answer["Location"] == reverse("first_run_checklist")
    user = User.objects.get()
    assert (user.email, user.role.slug, user.language) == ("nadia@example.com", "admin", "ar")
    assert Store.objects.values_list("name", "prefix").get() == ("Dar Zitoun", "DZ")
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert page.headers["Content-Language"] == "ar"


def test_page_does_not_exist_when_a_user_exists(client):
    make_user("buyer")
    assert client.get(reverse("first_run")).status_code == 404
    assert client.post(reverse("first_run"), FORM).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "12345678"),
        ("password", "nadia@example.com"),
        ("email", "no address"),
        ("store_prefix", "C-1"),
        ("store_prefix", "ABCDE"),
        ("store_name", "   "),
        ("name", "\x00"),
    ],
)
def test_nothing_is_made_when_a_field_is_wrong(client, field, value):
    answer = client.post(reverse("first_run"), FORM | {field: value})
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert not User.objects.exists()
    assert Store.objects.get().name == "Commanda"


@pytest.mark.django_db(transaction=True)
def test_one_administrator_is_made_when_two_people_send_the_form_at_once():
    barrier, outcomes = threading.Barrier(8), []

    def send(number):
        barrier.wait()
        try:
            open_shop(
                actor=ANONYMOUS,
                email=f"admin{number}@example.com",
                name="Admin",
                password=PASSWORD,
                language="fr",
                store_name=f"Boutique {number}",
                store_prefix="AB",
            )
            outcomes.append("made")
        except NotFound:
            outcomes.append("too late")
        except CommandaError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", *["too late"] * 7]
    assert User.objects.count() == 1
    number = User.objects.get().email.removeprefix("admin").partition("@")[0]
    assert Store.objects.get().name == f"Boutique {number}"


def test_checklist_ticks_a_step_off_when_it_is_done(client):
    client.force_login(make_user("admin"))
    before = client.get(reverse("first_run_checklist")).context
    make_variant()
    after = client.get(reverse("first_run_checklist")).context
    assert (before["done"], after["done"]) == (0, 1)


def test_checklist_is_refused_when_the_person_may_not_change_settings():
    client = Client()
    client.force_login(make_user("agent"))
    assert client.get(reverse("first_run_checklist")).status_code == 403
