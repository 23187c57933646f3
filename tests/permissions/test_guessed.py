"""What is not there, and what is not yours, answers the same: 404. And no door has a method the table does not know."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.permissions.addresses import addresses, arguments, ask
from tests.permissions.shop import build_shop
from tests.permissions.table import rows

# Not objects of ours: words, and what allauth reads from its links.
WORDS = {"kind", "rest", "key", "uidb36", "pk"}
NOT_THERE = {404, 400, 422}
# What is led on, or done already: the next call, a holiday that is no more, a draft that is entered, a run that ended.
LED_ON = {
    *("call_order", "entry_save", "settings_holiday_remove", "settings_outcome_move"),
    *("intake_run_cancel", "intake_run_resume"),
}
LARGE = (2**31, 2**63, 10**30)
LET_IN = {"200", "ok", "→", "503"}


def guesses(name, value):
    """Values of an address's parameter that name nothing."""
    if isinstance(value, int):
        return LARGE
    if str(value).count("-") == 4:
        return (uuid4(),)
    return ("nothing", "x" * 200)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["admin", "agent", "buyer"])
def test_guessed_object_is_not_there(role):
    shop = build_shop()
    by_name = {address.name: address for address in addresses()}
    met, tried = {}, 0
    for (name, method), words in rows().items():
        if words[role] not in LET_IN or name in LED_ON:
            continue
        known = arguments(shop, by_name[name])
        for parameter in set(known) - WORDS:
            for guess in guesses(parameter, known[parameter]):
                with transaction.atomic():
                    status = ask(shop, role, by_name[name], method, changed={parameter: guess}).status_code
                    transaction.set_rollback(True)
                tried += 1
                if status not in NOT_THERE:
                    met.setdefault((name, method, parameter), []).append((str(guess)[:20], status))
    assert not met, "\n".join(map(str, met.items()))
    assert tried > 20


@pytest.mark.django_db
def test_methods_that_are_not_tabled_are_not_allowed():
    shop = build_shop()
    by_name = {address.name: address for address in addresses()}
    tabled = {(where(shop, by_name[name]), method) for name, method in rows() if name in by_name}
    met = {}
    for address in by_name.values():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} if address.is_api else {"GET", "POST"}:
            if (where(shop, address), method) not in tabled:
                with transaction.atomic():
                    status = ask(shop, "admin", address, method).status_code
                    transaction.set_rollback(True)
                if status not in {403, 404, 405}:
                    met[address.name, method] = status
    assert not met


def where(shop, address):
    """The path: operations of the API share theirs."""
    return reverse(address.name, kwargs=arguments(shop, address))


# Whose the shop's objects are, where they are somebody's; a colleague in the same role meets nothing.
OWNED = {
    "agent": {"draft_id", "schedule_id", "statement_id", "attachment_id"},
    "buyer": {"account_id"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", OWNED)
def test_colleague_meets_nothing_of_somebody_in_the_same_role(role):
    shop = build_shop()
    browser = Client()
    browser.force_login(shop.people[f"other_{role}"])
    shop.sessions["other"] = browser.cookies["sessionid"].value
    by_name = {address.name: address for address in addresses()}
    asked, met = 0, {}
    for (name, method), words in rows().items():
        if words[role] in LET_IN and OWNED[role] & set(by_name[name].parameters):
            with transaction.atomic():
                status = ask(shop, "other", by_name[name], method).status_code
                transaction.set_rollback(True)
            asked += 1
            if status != 404:
                met[name, method] = status
    assert not met
    assert asked > 4
