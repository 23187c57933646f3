import pytest

from tests.api.client import ApiClient


@pytest.fixture
def api(db):
    """An administrator's client."""
    return ApiClient()


@pytest.fixture
def as_role(db):
    """Make a client of a role."""
    return lambda role, **options: ApiClient(role=role, **options)
