"""What is drawn once for many people is never shown to somebody it is not for."""

import pytest
from django.core.cache import caches
from django.urls import reverse

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def frame(client, role, language, path):
    client.force_login(make_user(role))
    client.cookies["django_language"] = language
    text = client.get(path).content.decode()
    return text[text.index('<aside class="sidebar') : text.index("</aside>")]


def test_menus_are_those_of_the_role_the_language_and_the_place(client):
    asked = [
        (role, language, path)
        for role in ("admin", "agent")
        for language in ("fr", "ar")
        for path in ("/", reverse("orders"))
    ]
    caches["fragments"].clear()
    kept = {each: frame(client, *each) for each in asked}
    assert len(set(kept.values())) == len(asked)
    for each in asked:
        assert frame(client, *each) == kept[each]  # another person of the same role, from what is kept
        caches["fragments"].clear()
        assert frame(client, *each) == kept[each]  # and drawn anew
    assert reverse("settings") in kept["admin", "fr", "/"]
    assert reverse("settings") not in kept["agent", "fr", "/"]
