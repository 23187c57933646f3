"""The page on which the write-back is chosen, and its card beside a source's settings."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.intake.write_back_state import WriteBack
from tests.factories import make_user, make_variant
from tests.fakes.google import FakeGoogle, running
from tests.fakes.google.keys import EMAIL
from tests.intake.connected import SHEET, change, connect, poll, switch_on, write
from tests.intake.helpers import make_source, row, sheet

pytestmark = pytest.mark.django_db
CHOICE = {"fields_written": ["state", "agent"], "language": "fr"}


@pytest.fixture(scope="module")
def server():
    with running(FakeGoogle()) as google:
        yield google


@pytest.fixture
def google(server, settings):
    server.clear()
    settings.GOOGLE_API_BASE = server.base
    return server


@pytest.fixture
def source(google, client):
    client.force_login(make_user("admin"))
    make_variant(name="Montre Atlas", sku="ATLAS")
    google.add(SHEET, sheet(row(1), row(2)))
    source = connect(google)
    poll(source)
    return source


def address(source):
    return reverse("intake_write_back", args=[source.pk])


def test_preview_tells_columns_and_rows_when_the_choice_changes(client, google, source):
    page = client.get(address(source))
    assert page.context["plan"] is None
    assert not any("batchGet" in path and "canEdit" in path for path in google.paths)
    answer = client.get(address(source), CHOICE, headers={"HX-Request": "true"})
    assert answer.context["plan"].row_qty == 2
    assert len(answer.context["plan"].new_headers) == 2
    assert "<html" not in answer.content.decode()
    assert "Nouvelle" in answer.content.decode()
    assert not google.bodies
    without_script = client.post(address(source), {**CHOICE, "action": "plan"})
    assert without_script.status_code == 200
    assert "Nouvelle" in without_script.content.decode()


def test_it_is_switched_on_changed_and_off(client, source):
    answer = client.post(address(source), {**CHOICE, "action": "on"})
    assert answer.status_code == 302
    source.refresh_from_db()
    assert list(WriteBack.of(source).columns) == ["state", "agent"]
    write(source)
    card = client.get(reverse("intake_source", args=[source.pk])).content.decode()
    assert "Commanda: " in card
    page = client.get(address(source)).content.decode()
    assert page.count("checked") == 2
    assert client.post(address(source), {"action": "again"}).status_code == 302
    source.refresh_from_db()
    assert source.written_back_at is None
    client.post(address(source), {"action": "off"})
    source.refresh_from_db()
    assert not WriteBack.of(source).is_on


def test_choice_stays_and_is_explained_when_it_is_empty(client, source):
    answer = client.post(address(source), {"language": "ar", "action": "on"})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert answer.context["form"]["language"].value() == "ar"
    part = client.get(address(source), {"language": "ar"}, headers={"HX-Request": "true"})
    assert "alert" in part.content.decode()


def test_words_say_what_to_do_when_the_sheet_may_only_be_read(client, google, source):
    google.spreadsheets[SHEET].editors.add("x@y")
    answer = client.post(address(source), {**CHOICE, "action": "on"})
    assert answer.status_code == 422
    assert EMAIL in answer.content.decode()
    assert EMAIL in client.get(address(source), CHOICE, headers={"HX-Request": "true"}).content.decode()
    google.spreadsheets[SHEET].editors.clear()
    switch_on(source)
    google.spreadsheets[SHEET].editors.add("x@y")
    write(source)
    assert EMAIL in client.get(reverse("intake_source", args=[source.pk])).content.decode()


def test_other_sources_have_no_write_back(client, source):
    file = make_source("Fichiers")
    assert client.get(address(file)).url == reverse("intake_source", args=[file.pk])
    assert address(file) not in client.get(reverse("intake_source", args=[file.pk])).content.decode()


def test_queries_stay_the_same_when_there_are_many_rows(client, google, source):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(address(source), CHOICE, headers={"HX-Request": "true"})
        return len(found)

    few = queries()
    change(google, sheet(*(row(number) for number in range(1, 61))))
    poll(source)
    assert queries() == few
