from importlib import import_module

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.apps import apps

from tests.factories import make_user

seal_secrets = import_module("commanda.accounts.migrations.0003_seal_second_steps").seal_secrets


@pytest.mark.django_db
def test_secrets_of_before_are_sealed_once_and_open_as_they_were():
    user = make_user("agent")
    row = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    codes = Authenticator.objects.create(
        user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "0badcafe", "used_mask": 5}
    )
    seen = []
    for _time in range(2):
        seal_secrets(apps, None)
        row.refresh_from_db()
        codes.refresh_from_db()
        seen.append((row.data["secret"], codes.data["seed"]))
    assert seen[0] == seen[1] != ("JBSWY3DPEHPK3PXP", "0badcafe")
    assert [get_adapter().decrypt(text) for text in seen[0]] == ["JBSWY3DPEHPK3PXP", "0badcafe"]
    assert codes.data["used_mask"] == 5
