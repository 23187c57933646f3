"""What a program hears that sends orders: signatures, addresses, answers, secrets."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from commanda.intake.deliveries import MAX_BODY, MAX_ROWS
from commanda.intake.models import HookDelivery, Source
from commanda.intake.services.hooks import close_hook, make_secret
from commanda.intake.services.sources import set_active
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, NotAllowed, NotFound
from tests.factories import make_user
from tests.intake.helpers import make_source
from tests.intake.hook_helpers import SYSTEM, as_body, headers_of, make_hook, order, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook():
    return make_hook()


def queued(monkeypatch):
    asked = []
    monkeypatch.setattr("commanda.intake.services.hooks_receive.queue_reading", asked.append)
    return asked


def test_other_body_is_refused_when_its_delivery_is_known(hook):
    source, secret = hook
    send(source, secret, order(1), delivery="d-1")
    answer = send(source, secret, order(2), delivery="d-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_reused")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "bad_signature"),
        ("t=1,v1=00", "bad_signature"),
        ("t={now},v1=00", "bad_signature"),
        ("t={now}", "bad_signature"),
        ("v1=00", "bad_signature"),
        ("t=٣,v1=00", "bad_signature"),
        ("nonsense", "bad_signature"),
    ],
)
def test_sender_is_refused_when_the_signature_is_wrong(client, hook, header, code):
    source, _secret = hook
    answer = client.post(
        reverse("intake_hook", args=[source.hook_id]),
        as_body(order(1)),
        content_type="application/json",
        headers={"X-Commanda-Signature": header.format(now=int(now().timestamp()))},
    )
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not HookDelivery.objects.exists()


@pytest.mark.parametrize("minutes", [-6, 6])
def test_sender_is_refused_when_it_signed_at_another_time(hook, minutes):
    source, secret = hook
    answer = send(source, secret, order(1), at=now() + timedelta(minutes=minutes))
    assert (answer.status_code, answer.json()["code"]) == (401, "stale_signature")


def test_former_secret_ends_when_it_is_renewed(hook):
    source, former = hook
    _source, secret = make_secret(actor=SYSTEM, source_id=source.pk)
    assert send(source, former, order(1)).status_code == 401
    assert send(source, secret, order(1)).status_code == 202
    source.refresh_from_db()
    assert secret not in source.hook_secret


def test_body_signed_for_one_source_is_refused_by_another(hook):
    _source, secret = hook
    other, _other_secret = make_hook("Autre")
    assert send(other, secret, order(1)).status_code == 401


def test_address_is_unknown_when_nobody_made_it(client):
    answer = client.post(reverse("intake_hook", args=[uuid4()]), b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_only_posts_are_taken(client, hook):
    answer = client.get(reverse("intake_hook", args=[hook[0].hook_id]))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b"\xff\xfe{}", 400, "not_json"),
        (b"[" * 100_000, 400, "not_json"),
        (b"[]", 422, "no_rows_sent"),
        (b"{}", 422, "no_rows_sent"),
        (b'{"rows": []}', 422, "no_rows_sent"),
        (b"[1]", 422, "bad_row"),
        (b'"text"', 422, "bad_row"),
        (b"[[null, null], [1, 2]]", 422, "no_header_sent"),
        (b"[" + b'{"a":1},' * MAX_ROWS + b'{"a":1}]', 422, "too_many_rows"),
        (b'{"a":"' + b"x" * MAX_BODY + b'"}', 413, "body_too_large"),
        (b'{"event": "changed"}', 422, "unknown_event"),
    ],
)
def test_answer_says_what_to_do_when_the_body_cannot_be_read(hook, body, status, code):
    source, secret = hook
    answer = send(source, secret, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]
    assert not HookDelivery.objects.exists()


def test_ping_is_answered_and_not_kept(hook):
    source, secret = hook
    answer = send(source, secret, {"event": "ping"})
    assert (answer.status_code, answer.json()) == (200, {"delivery": None})
    assert not HookDelivery.objects.exists()


def test_only_who_manages_intake_makes_secrets_and_closes_addresses(hook):
    source, _secret = hook
    stranger = make_user("supervisor").as_actor()
    for service in (make_secret, close_hook):
        with pytest.raises(NotAllowed):
            service(actor=stranger, source_id=source.pk)
        with pytest.raises(NotFound):
            service(actor=SYSTEM, source_id=0)
    with pytest.raises(Conflict):
        close_hook(actor=SYSTEM, source_id=source.pk)
    with pytest.raises(Conflict):
        make_secret(actor=SYSTEM, source_id=make_source("Fichier").pk)


def test_sheet_is_read_at_once_when_its_script_says_that_it_has_changed(monkeypatch):
    sheet = make_source("Feuille", kind=Source.Kind.SHEET_LINK, options={"link": "x"}, mapping={"columns": {}})
    source, secret = make_secret(actor=SYSTEM, source_id=sheet.pk)
    asked = queued(monkeypatch)
    assert send(source, secret, {"event": "changed"}).status_code == 202
    assert asked == [source.pk]
    refused = send(source, secret, order(1))
    assert (refused.status_code, refused.json()["code"]) == (422, "rows_not_wanted")
    set_active(actor=SYSTEM, source_id=source.pk, is_active=False)
    assert send(source, secret, {"event": "changed"}).status_code == 200
    assert asked == [source.pk]
    close_hook(actor=SYSTEM, source_id=source.pk)
    assert send(source, secret, {"event": "changed"}).status_code == 404


def test_body_is_checked_before_it_is_read_when_it_says_that_it_is_too_large(client, hook):
    source, secret = hook
    body = as_body(order(1))
    answer = client.generic(
        "POST",
        reverse("intake_hook", args=[source.hook_id]),
        body,
        content_type="application/json",
        headers=headers_of(secret, body),
        CONTENT_LENGTH=str(MAX_BODY + 1),
    )
    assert answer.status_code == 413
