"""The fake of Google, and a source connected to a sheet there."""

import pytest

from commanda.intake.readers import google_client
from tests.factories import make_variant
from tests.fakes.google import FakeGoogle, running
from tests.intake.connected import SHEET, connect
from tests.intake.helpers import row, sheet


@pytest.fixture(scope="session")
def google_server():
    with running(FakeGoogle()) as google:
        yield google


@pytest.fixture
def google(google_server, settings, monkeypatch):
    """Empty of sheets and faults; nobody waits between two tries."""
    monkeypatch.setattr(google_client, "_FIRST_WAIT", 0.001)
    google_server.clear()
    settings.GOOGLE_API_BASE = google_server.base
    return google_server


@pytest.fixture
def tab(google):
    make_variant(name="Montre Atlas", sku="ATLAS")
    return google.add(SHEET, sheet(row(1), row(2)))


@pytest.fixture
def source(google, tab):
    return connect(google)
