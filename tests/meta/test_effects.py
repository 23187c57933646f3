import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings
from django.utils import timezone

from commanda.kernel.effects import Effect, every_effect_has_a_handler

ROOMS = (
    *("kernel", "audit", "accounts", "catalog", "customers", "stock", "orders"),
    *("confirmation", "shipping", "finance", "ads", "intake"),
)


def declared():
    return [effect for effect in Effect.declared if not effect.name.startswith("test.")]


def test_every_effect_has_one_handler():
    assert declared()
    assert [effect.name for effect in declared() if effect.handler is None] == []
    names = [effect.name for effect in declared()]
    assert len(names) == len(set(names))


def test_handler_lives_above_the_room_that_declares():
    for effect in declared():
        handler_room = effect.handler.__module__.split(".")[1]
        assert ROOMS.index(handler_room) > ROOMS.index(effect.name.partition(".")[0]), effect.name


def test_check_fails_when_a_handler_is_missing():
    lonely = Effect("test.lonely")
    try:
        assert [error.msg for error in every_effect_has_a_handler()] == ["Effect test.lonely has no handler."]
    finally:
        Effect.declared.remove(lonely)


def test_django_finds_nothing_to_complain_about():
    call_command("check", fail_level="WARNING")


def test_django_finds_nothing_to_complain_about_at_the_hour_at_which_shops_open(monkeypatch):
    opening = timezone.now().replace(hour=9, minute=0, second=3)
    monkeypatch.setattr("django.utils.timezone.now", lambda: opening)
    call_command("check", fail_level="WARNING")
    with override_settings(SILENCED_SYSTEM_CHECKS=[]), pytest.raises(SystemCheckError, match=r"fields\.W161"):
        call_command("check", fail_level="WARNING")
