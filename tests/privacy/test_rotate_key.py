"""`commanda rotate-key`: after it the older key is needed for nothing."""

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models

from commanda.config import cli
from commanda.intake.models import Source
from commanda.kernel.errors import Conflict
from commanda.kernel.secrets_box import SEALED, VARIABLE, open_sealed, seal
from commanda.kernel.visibility import FIELDS, FieldClass
from tests.factories import make_user
from tests.factories.orders import order_draft
from tests.factories.products import make_variant


def make_source(secret: str, hook_secret: str = "") -> Source:
    store_id = order_draft(make_variant()).store_id
    return Source.objects.create(
        name=f"Feuille {Source.objects.count()}",
        kind="sheet",
        store_id=store_id,
        secret=secret,
        hook_secret=hook_secret,
    )


@pytest.mark.django_db
def test_older_key_is_needed_no_more_when_all_was_sealed_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    by_signing_key = make_source(seal("un"))
    monkeypatch.setenv(VARIABLE, "first")
    by_first = make_source(seal("deux"), seal("trois"))
    monkeypatch.setenv(VARIABLE, "second,first")
    by_second = make_source(seal("quatre"))

    assert cli.main(["rotate-key"]) == 0
    assert "4 secrets: 3 sealed anew" in capsys.readouterr().out

    monkeypatch.setenv(VARIABLE, "second")
    monkeypatch.setattr("django.conf.settings.SECRET_KEY", "another one")
    for source, secret in ((by_signing_key, "un"), (by_first, "deux"), (by_second, "quatre")):
        source.refresh_from_db()
        assert open_sealed(source.secret) == secret
    assert open_sealed(by_first.hook_secret) == "trois"
    assert cli.main(["rotate-key"]) == 0
    assert "4 secrets: 0 sealed anew" in capsys.readouterr().out


@pytest.mark.django_db
def test_secret_that_no_key_opens_is_named_and_left_when_keys_are_rotated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "lost")
    source = make_source(seal("un"))
    monkeypatch.setenv(VARIABLE, "new")
    assert cli.main(["rotate-key"]) == 1
    assert f"Source {source.pk} secret can be read with no key" in capsys.readouterr().err
    source.refresh_from_db()
    with pytest.raises(Conflict):
        open_sealed(source.secret)
    monkeypatch.setenv(VARIABLE, "new,lost")
    assert cli.main(["rotate-key"]) == 0


def test_every_secret_text_of_a_connection_is_sealed_and_registered() -> None:
    # Passwords and API keys are digests: nothing to open.
    texts = {
        (model, name)
        for model, name in (path.rsplit(".", 1) for path, kind in FIELDS.items() if kind is FieldClass.SECRET)
        if isinstance(apps.get_model(model)._meta.get_field(name), models.TextField)
    }
    # The library's model of second steps is not ours to classify.
    assert texts == {place for place in SEALED if place[0] != "mfa.Authenticator"} != set()


@pytest.mark.django_db
def test_second_steps_go_on_when_the_older_key_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user("agent")
    monkeypatch.setenv(VARIABLE, "first")
    app = Authenticator.objects.create(user=user, type="totp", data={"secret": seal("JBSWY3DP"), "other": 1})
    codes = Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": seal("7f"), "used_mask": 3})
    monkeypatch.setenv(VARIABLE, "second,first")
    assert cli.main(["rotate-key"]) == 0
    monkeypatch.setenv(VARIABLE, "second")
    for row in (app, codes):
        row.refresh_from_db()
    assert open_sealed(app.data["secret"]) == "JBSWY3DP"
    assert open_sealed(codes.data["seed"]) == "7f"
    assert (app.data["other"], codes.data["used_mask"]) == (1, 3)
