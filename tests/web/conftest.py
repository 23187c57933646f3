"""People signed in at the test's client, and the fake of Google."""

import pytest

from tests.factories import make_user
from tests.intake.conftest import google, google_server  # noqa: F401 - fixtures


def _sign_in(client, role):
    user = make_user(role)
    client.force_login(user)
    return user


@pytest.fixture
def admin(client, db):
    return _sign_in(client, "admin")


@pytest.fixture
def supervisor(client, db):
    return _sign_in(client, "supervisor")


@pytest.fixture
def agent(client, db):
    return _sign_in(client, "agent")
