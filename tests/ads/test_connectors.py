"""The two connectors over their real wire formats, against the fake: what is asked, read, and made of faults."""

import hashlib
import hmac
import logging
from datetime import date
from decimal import Decimal

import pytest

from commanda.ads.connectors import ConnectionProblem, PlatformUnavailable
from commanda.ads.connectors.meta import MetaConnector
from commanda.ads.connectors.tiktok import TikTokConnector
from tests.fakes.ads.state import APP_SECRET, TOKEN

FIRST, LAST = date(2026, 5, 1), date(2026, 5, 7)
USE = "x-business-use-case-usage"


def meta(world, **options):
    return MetaConnector("1234567", TOKEN, base=world.base, sleep=lambda _seconds: None, **options)


def tiktok(world, **options):
    return TikTokConnector("7654321", TOKEN, base=world.base, sleep=lambda _seconds: None, **options)


@pytest.fixture(params=["meta", "tiktok"])
def platform(request, world):
    """(connector, account of the fake) of each platform."""
    if request.param == "meta":
        return meta(world), world.add_meta()
    return tiktok(world), world.add_tiktok()


def told(rows):
    return sorted((row.campaign_id, row.spent_on.day, str(row.amount)) for row in rows)


def test_rows_are_exact_when_numbers_come_as_text(platform):
    connector, account = platform
    account.campaigns["9"] = "Montre – été"
    account.spend("9", FIRST, "12.345", impressions="3456", clicks="78")
    (row,) = connector.days(FIRST, LAST)
    assert (row.campaign_id, row.campaign_name, row.spent_on) == ("9", "Montre – été", FIRST)
    assert (row.amount, row.impressions_qty, row.clicks_qty) == (Decimal("12.35"), 3456, 78)


def test_account_tells_its_currency_and_zone(platform):
    connector, account = platform
    account.currency, account.zone, account.name = "EUR", "Europe/Paris", "Compte Paris"
    facts = connector.facts()
    assert (facts.external_id, facts.currency, facts.time_zone) == (account.number, "EUR", "Europe/Paris")
    assert facts.name == "Compte Paris"


def test_every_page_is_read_when_there_are_several(world, platform):
    connector, account = platform
    world.page_size = 2
    for number in range(5):
        account.spend(str(number), FIRST, "1.00")
    assert len(connector.days(FIRST, LAST)) == 5
    assert len(world.calls) == 3


def test_spend_of_deleted_campaigns_is_read_as_well(platform):
    connector, account = platform
    account.spend("1", FIRST, "5.00")
    account.deleted.add("1")
    assert told(connector.days(FIRST, LAST)) == [("1", 1, "5.00")]


@pytest.mark.parametrize("trouble", [{"status": 500}, {"status": 200, "body": "{not json"}, {"reset": True}])
def test_second_try_helps_when_the_platform_stumbles_once(world, platform, trouble):
    connector, account = platform
    account.spend("1", FIRST, "5.00")
    world.fail(**trouble)
    assert told(connector.days(FIRST, LAST)) == [("1", 1, "5.00")]
    world.fail(**trouble, times=9)
    with pytest.raises(PlatformUnavailable) as caught:
        connector.days(FIRST, LAST)
    assert not caught.value.is_throttled
    assert len(world.calls) == 5


def test_silence_ends_when_the_time_is_over(world):
    world.add_meta()
    world.fail(delay=0.5, times=9)
    with pytest.raises(PlatformUnavailable):
        meta(world, timeout=0.05).days(FIRST, LAST)


def test_unreadable_values_are_not_taken_for_zero(platform):
    connector, account = platform
    for amount in ("beaucoup", "-3", "NaN", "1e30"):
        account.spend("1", FIRST, amount)
        with pytest.raises(PlatformUnavailable):
            connector.days(FIRST, LAST)


def test_question_is_asked_in_halves_when_it_is_too_much_for_meta(world):
    account = world.add_meta()
    for day in range(1, 8):
        account.spend("1", date(2026, 5, day), f"{day}.00")
    world.fail_meta(100, 1504018, most_days=2, times=99)
    assert told(meta(world).days(FIRST, LAST)) == [("1", day, f"{day}.00") for day in range(1, 8)]
    world.faults.clear()
    world.fail_meta(2, 1504038, times=99)
    with pytest.raises(PlatformUnavailable):
        meta(world).days(FIRST, FIRST)


def test_question_is_asked_in_halves_when_tiktok_cuts_its_result(world):
    account = world.add_tiktok()
    account.spend("1", FIRST, "1.00")
    world.truncates = True
    with pytest.raises(PlatformUnavailable):
        tiktok(world).days(FIRST, LAST)
    spans = {(until - since).days for since, until in [map(date.fromisoformat, each) for each in world.days_asked()]}
    assert spans == {6, 3, 1, 0}


@pytest.mark.parametrize("code", [4, 17, 613, 80000, 80004])
def test_meta_is_left_alone_as_long_as_its_headers_say(world, code):
    world.add_meta()
    usage = '{"1234567":[{"type":"ads_insights","call_count":100,"estimated_time_to_regain_access":42}]}'
    world.fail_meta(code, 1504022, headers={USE: usage}, times=9)
    with pytest.raises(PlatformUnavailable) as caught:
        meta(world).days(FIRST, LAST)
    assert (caught.value.is_throttled, caught.value.retry_after) == (True, 42 * 60)
    assert len(world.calls) == 1  # asking again at once makes it worse


@pytest.mark.parametrize("headers", [{}, {USE: "not json"}, {USE: "[]"}, {USE: '{"1":[{"call_count":"x"}]}'}])
def test_usual_wait_is_kept_when_headers_say_nothing_usable(world, headers):
    world.add_meta()
    world.fail_meta(17, 2446079, headers=headers)
    with pytest.raises(PlatformUnavailable) as caught:
        meta(world).days(FIRST, LAST)
    assert caught.value.retry_after == 300


def test_limit_is_near_when_meta_says_how_much_was_used(world):
    world.add_meta()
    connector = meta(world)
    connector.days(FIRST, LAST)
    assert not connector.is_near_limit
    world.usage = {"x-fb-ads-insights-throttle": '{"app_id_util_pct": 12.5, "acc_id_util_pct": 95}'}
    connector.days(FIRST, LAST)
    assert connector.is_near_limit


@pytest.mark.parametrize(
    ("code", "subcode", "problem"),
    [(190, 463, "token_expired"), (102, 0, "token_expired"), (200, 0, "no_permission"), (10, 0, "no_permission"),
     (100, 33, "account_missing"), (100, 0, "refused"), (2, 1504041, None), (2, 1504043, None)],
)  # fmt: skip
def test_words_of_meta_become_what_a_person_can_do(world, code, subcode, problem):
    world.add_meta()
    world.fail_meta(code, subcode, times=9)
    with pytest.raises(ConnectionProblem if problem else PlatformUnavailable) as caught:
        meta(world).days(FIRST, LAST)
    assert TOKEN not in str(caught.value)
    if problem:
        assert caught.value.code == problem


@pytest.mark.parametrize(
    ("code", "message", "problem"),
    [(40105, "", "token_expired"), (40999, "Your access_token is invalid", "token_expired"),
     (40001, "", "no_permission"), (40002, "", "refused"), (50000, "", None)],
)  # fmt: skip
def test_words_of_tiktok_are_heard_when_they_come_with_status_200(world, code, message, problem):
    world.add_tiktok()
    world.fail_tiktok(code, message, times=9)
    with pytest.raises(ConnectionProblem if problem else PlatformUnavailable) as caught:
        tiktok(world).days(FIRST, LAST)
    if problem:
        assert caught.value.code == problem


def test_tiktok_is_left_alone_when_it_says_so(world):
    world.add_tiktok()
    world.fail_tiktok(40100, "Too many requests", headers={"Retry-After": "90"}, times=9)
    with pytest.raises(PlatformUnavailable) as caught:
        tiktok(world).days(FIRST, LAST)
    assert (caught.value.is_throttled, caught.value.retry_after) == (True, 90)
    assert len(world.calls) == 1


def test_account_is_told_missing_when_tiktok_lists_none(world):
    with pytest.raises(ConnectionProblem) as caught:
        tiktok(world).facts()
    assert (caught.value.code, caught.value.field) == ("account_missing", "external_id")


def test_currencies_are_not_mixed_when_the_account_changes_its_own(platform, world):
    _connector, account = platform
    account.spend("1", FIRST, "5.00")
    account.currency = "EUR"
    for connector in (meta(world, currency="USD"), tiktok(world, currency="USD")):
        if world.meta if isinstance(connector, MetaConnector) else world.tiktok:
            with pytest.raises(ConnectionProblem) as caught:
                connector.days(FIRST, LAST)
            assert caught.value.code == "currency_changed"


def test_proof_is_sent_when_the_app_has_a_secret(world):
    world.add_meta()
    meta(world, app_secret=APP_SECRET).facts()
    (call,) = world.calls
    assert call[1]["appsecret_proof"] == hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()


def test_tokens_stand_in_no_log_and_no_error_when_everything_is_logged(world, platform, caplog):
    connector, account = platform
    account.spend("1", FIRST, "5.00")
    with caplog.at_level(logging.DEBUG):
        connector.days(FIRST, LAST)
        world.token = "another"
        with pytest.raises(ConnectionProblem) as caught:
            connector.days(FIRST, LAST)
        world.fail(status=500, times=9)
        with pytest.raises(PlatformUnavailable) as down:
            connector.days(FIRST, LAST)
    words = [caplog.text, *(str(each) for error in (caught.value, down.value) for each in (error, error.__cause__))]
    assert not [text for text in words if TOKEN in text]


def test_redirect_is_not_followed(world):
    world.add_meta()
    world.fail(302, {}, headers={"location": "http://127.0.0.1:9/steal"}, times=9)
    with pytest.raises(PlatformUnavailable):
        meta(world).days(FIRST, LAST)
