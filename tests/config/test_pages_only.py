"""The API's addresses do without sessions, pages have them."""

import pytest
from django.test import Client

from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    browser = Client()
    browser.force_login(make_user("admin"))
    return browser


@pytest.mark.parametrize("address", ["/api/v1/orders", "/api/v1/nowhere"])
def test_session_is_not_even_read_when_the_api_is_asked(browser, address, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = browser.get(address)
    assert answer.status_code in {401, 404}
    assert not hasattr(answer.wsgi_request, "user")
    assert "Cookie" not in answer["Vary"]
    assert not answer.cookies


@pytest.mark.parametrize("address", ["/", "/api/", "/apiary"])
def test_session_is_there_when_anything_else_is_asked(browser, address):
    assert browser.get(address).wsgi_request.user.is_authenticated


def test_wrong_host_is_told_apart_when_there_is_no_session():
    answer = Client(headers={"host": "else where"}).get("/api/v1/orders")
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
