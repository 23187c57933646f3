"""Ad accounts: connected, changed, refused; whose they are; where the server may not call."""

from datetime import timedelta

import pytest

from commanda.ads.connectors import ConnectionProblem
from commanda.ads.models import AdAccount, Platform
from commanda.ads.selectors import account_list, accounts, get_account
from commanda.ads.services.accounts import AccountData, add_account, replace_token, set_active, update_account
from commanda.audit.models import Event
from commanda.kernel.clock import now, today
from commanda.kernel.errors import CommandaError, Invalid, NotAllowed, NotFound
from tests.ads.connected import connect
from tests.factories import make_actor, make_user
from tests.fakes.ads.state import TOKEN

pytestmark = pytest.mark.django_db


def test_account_takes_currency_and_zone_from_its_platform(world, buyer):
    theirs = world.add_meta(currency="EUR", zone="Europe/Paris", name="Compte Paris")
    account = connect(buyer, "meta", theirs, name="")
    assert (account.name, account.currency, account.time_zone) == ("Compte Paris", "EUR", "Europe/Paris")
    assert (account.platform.slug, account.buyer_id) == ("facebook", buyer.user_id)
    assert account.next_run_at <= now()


def test_token_is_nowhere_to_be_read_when_it_is_stored(world, meta):
    account, _theirs = meta
    assert account.secret
    assert TOKEN not in account.secret
    assert TOKEN not in "".join(str(event.changes) for event in Event.objects.all())


def test_number_is_understood_when_it_comes_with_its_prefix(world, buyer):
    world.add_meta("7654321987")
    data = AccountData(connector="meta", name="Compte", external_id=" act_7654321987 ", token=TOKEN)
    assert add_account(actor=buyer, data=data).external_id == "7654321987"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_id": "abc"}, "external_id"),
        ({"external_id": "999999"}, "external_id"),
        ({"token": ""}, "token"),
        ({"token": "two words"}, "token"),
        ({"token": "wrong"}, "token"),
        ({"token": "é" * 20}, "token"),
        ({"history_from_on": today() + timedelta(days=1)}, "history_from_on"),
        ({"history_from_on": today() - timedelta(days=2000)}, "history_from_on"),
        ({"connector": "radio"}, "connector"),
        ({"api_base": "https://127.0.0.1"}, "api_base"),
        ({"api_base": "http://169.254.169.254"}, "api_base"),
        ({"api_base": "https://localhost:8000/x"}, "api_base"),
    ],
)
def test_account_is_refused_beside_the_field_when_something_is_wrong(world, buyer, change, field):
    world.add_meta()
    usual = {"connector": "meta", "name": "Compte", "external_id": "1234567", "token": TOKEN}
    with pytest.raises(CommandaError) as caught:
        add_account(actor=buyer, data=AccountData(**(usual | change)))
    assert caught.value.field == field
    assert TOKEN not in str(caught.value)
    assert not AdAccount.objects.exists()


def test_account_is_added_once_when_two_people_have_it(world, meta):
    with pytest.raises(Invalid) as caught:
        connect(make_actor("buyer"), "meta", world.meta["1234567"], name="Encore")
    assert caught.value.code == "account_taken"


def test_own_address_is_called_when_the_installation_trusts_it(world, buyer, settings):
    theirs = world.add_meta()
    settings.META_API_BASE = ""
    with pytest.raises(Invalid):
        connect(buyer, "meta", theirs, api_base=world.base)
    settings.META_API_BASE = world.base
    assert connect(buyer, "meta", theirs, api_base=world.base).api_base == world.base


def test_buyers_reach_only_their_own_accounts_when_they_guess_ids(world, meta):
    account, _theirs = meta
    other = make_actor("buyer")
    assert not accounts(other).exists()
    with pytest.raises(NotFound):
        get_account(other, account.pk)
    for act in (
        lambda: update_account(actor=other, account_id=account.pk, changes={"name": "À moi"}),
        lambda: set_active(actor=other, account_id=account.pk, is_active=False),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(CommandaError):
        replace_token(actor=other, account_id=account.pk, token=TOKEN)
    assert [health.account for health in account_list(make_actor("admin"))] == [account]


@pytest.mark.parametrize("role", ["supervisor", "agent"])
def test_accounts_are_closed_when_the_role_does_not_run_ads(world, role):
    with pytest.raises(NotAllowed):
        connect(make_actor(role), "meta", world.add_meta())


def test_account_is_given_to_another_buyer_by_those_who_see_all_ads(world, meta):
    account, _theirs = meta
    other = make_user("buyer")
    with pytest.raises(NotAllowed):
        update_account(actor=get_owner(account), account_id=account.pk, changes={"buyer_id": other.pk})
    update_account(actor=make_actor("admin"), account_id=account.pk, changes={"buyer_id": other.pk})
    account.refresh_from_db()
    assert account.buyer_id == other.pk
    agent = make_user("agent")
    with pytest.raises(Invalid):
        update_account(actor=make_actor("admin"), account_id=account.pk, changes={"buyer_id": agent.pk})


def get_owner(account):
    return account.buyer.as_actor()


def test_new_token_is_asked_for_its_account_before_it_is_stored(world, meta):
    account, theirs = meta
    before = account.secret
    with pytest.raises(ConnectionProblem):
        replace_token(actor=get_owner(account), account_id=account.pk, token="wrong")
    theirs.currency = "EUR"
    with pytest.raises(Invalid) as caught:
        replace_token(actor=get_owner(account), account_id=account.pk, token=TOKEN)
    assert caught.value.code == "currency_changed"
    account.refresh_from_db()
    assert account.secret == before
    theirs.currency = "USD"
    replace_token(actor=get_owner(account), account_id=account.pk, token=TOKEN)
    account.refresh_from_db()
    assert account.secret != before


def test_account_by_file_needs_no_connection(buyer):
    google = Platform.objects.get(slug="google")
    data = AccountData(connector="file", name="Google Ads", platform_id=google.pk, currency="usd")
    account = add_account(actor=buyer, data=data)
    assert (account.currency, account.is_polled, account.next_run_at) == ("USD", False, None)
    assert account_list(buyer)[0].state == "file"
    with pytest.raises(CommandaError):
        replace_token(actor=buyer, account_id=account.pk, token=TOKEN)


def test_days_of_a_pause_are_read_when_the_account_goes_on(world, meta, buyer):
    account, _theirs = meta
    set_active(actor=buyer, account_id=account.pk, is_active=False)
    account.refresh_from_db()
    assert account.next_run_at is None
    assert account_list(buyer)[0].state == "paused"
    set_active(actor=buyer, account_id=account.pk, is_active=True)
    account.refresh_from_db()
    assert account.next_run_at <= now()
