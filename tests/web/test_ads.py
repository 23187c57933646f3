from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.ads.models import AdSpend, Platform
from commanda.ads.services.spend import enter_spend
from commanda.kernel.clock import today
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(client):
    user = make_user("buyer")
    client.force_login(user)
    return user


@pytest.fixture
def platform():
    return Platform.objects.get(slug="facebook")


def name_of(variant, platform):
    return f"amount-{variant.product_id}-{platform.pk}"


def save(client, buyer, **fields):
    data = {"day": today().isoformat(), "buyer": buyer.pk, "currency": "MAD", "rate": "1", **fields}
    return client.post(reverse("ads"), data)


@pytest.mark.parametrize("role", ["supervisor", "agent"])
def test_ads_are_closed_when_the_role_does_not_run_ads(client, role):
    client.force_login(make_user(role))
    assert client.get(reverse("ads")).status_code == 403
    assert client.post(reverse("ads"), {}).status_code == 403


def test_grid_is_saved_and_shown_again_when_typed(client, buyer, platform):
    variant = make_variant()
    answer = save(client, buyer, **{name_of(variant, platform): "1 120,50"})
    assert answer.status_code == 302
    row = AdSpend.objects.get()
    assert (row.buyer, row.amount, row.spent_on) == (buyer, Decimal("1120.50"), today())
    text = client.get(reverse("ads")).content.decode()
    assert 'value="1120,5"' in text
    assert "1\u202f120,50" in text


def test_emptied_cell_becomes_zero_when_it_was_filled(client, buyer, platform):
    variant, other = make_variant(), make_variant()
    save(client, buyer, **{name_of(variant, platform): "50"})
    save(client, buyer, **{name_of(variant, platform): "", name_of(other, platform): ""})
    assert [(row.product_id, row.amount) for row in AdSpend.objects.all()] == [(variant.product_id, 0)]


@pytest.mark.parametrize("typed", ["-5", "beaucoup", "9999999", "50 EUR", "#REF!"])
def test_error_stands_in_the_cell_and_nothing_is_saved_when_one_is_wrong(client, buyer, platform, typed):
    good, bad = make_variant(), make_variant()
    answer = save(client, buyer, **{name_of(good, platform): "10", name_of(bad, platform): typed})
    assert answer.status_code == 422
    cells = {cell.name: cell for row in answer.context["grid"].rows for cell in row.cells}
    assert cells[name_of(bad, platform)].error
    assert (cells[name_of(good, platform)].text, cells[name_of(good, platform)].error) == ("10", "")
    assert not AdSpend.objects.exists()


@pytest.mark.parametrize(
    ("rate", "currency"), [("", "USD"), ("zéro", "USD"), ("-1", "USD"), ("1", "XYZ"), ("NaN", "USD")]
)
def test_error_is_told_when_currency_or_rate_is_wrong(client, buyer, platform, rate, currency):
    answer = save(client, buyer, currency=currency, rate=rate, **{name_of(make_variant(), platform): "10"})
    assert answer.status_code == 422
    assert answer.context["grid"].errors
    assert not AdSpend.objects.exists()


def test_rate_is_frozen_when_spend_is_in_dollars(client, buyer, platform):
    save(client, buyer, currency="USD", rate="9,85", **{name_of(make_variant(), platform): "10"})
    assert AdSpend.objects.get().mad_amount == Decimal("98.50")
    grid = client.get(reverse("ads")).context["grid"]
    assert (grid.currency, grid.rate) == ("USD", "9,85")


def test_dirhams_are_shown_when_a_day_has_two_currencies(client, buyer, platform):
    one, two = make_variant(), make_variant()
    for variant, currency, rate in [(one, "USD", Decimal(10)), (two, "MAD", Decimal(1))]:
        enter_spend(
            actor=buyer.as_actor(),
            product_id=variant.product_id,
            platform_id=platform.pk,
            spent_on=today(),
            amount=Decimal(7),
            currency=currency,
            rate=rate,
        )
    grid = client.get(reverse("ads")).context["grid"]
    assert grid.currency == "MAD"
    assert {cell.text for row in grid.rows for cell in row.cells if cell.text} == {"70", "7"}


def test_day_is_today_when_the_address_names_the_future_or_nonsense(client, buyer):
    for day in ((today() + timedelta(days=3)).isoformat(), "x", "2026-02-31", ""):
        assert client.get(reverse("ads"), {"day": day}).context["day"] == today()
    context = client.get(reverse("ads"), {"day": (today() - timedelta(days=1)).isoformat()}).context
    assert context["days"]["after"].endswith(today().isoformat())
    assert client.get(reverse("ads")).context["days"]["after"] == ""


def test_buyers_neither_see_nor_write_others_spend_when_asking_for_it(client, buyer, platform):
    other, variant = make_user("buyer"), make_variant()
    enter_spend(
        actor=other.as_actor(),
        product_id=variant.product_id,
        platform_id=platform.pk,
        spent_on=today(),
        amount=Decimal("777.77"),
    )
    assert "777,77" not in client.get(reverse("ads")).content.decode()
    assert client.get(reverse("ads"), {"buyer": other.pk}).status_code == 404
    assert save(client, other, **{name_of(variant, platform): "1"}).status_code == 404
    assert AdSpend.objects.get().mad_amount == Decimal("777.77")


def test_admin_enters_for_a_buyer_when_one_is_chosen(client, platform):
    buyer, variant = make_user("buyer"), make_variant()
    client.force_login(make_user("admin"))
    assert client.get(reverse("ads")).context["buyer_id"] == buyer.pk
    answer = save(client, buyer, **{name_of(variant, platform): "10"})
    assert answer.status_code == 302
    assert f"buyer={buyer.pk}" in answer["Location"]
    assert AdSpend.objects.get().buyer == buyer
    assert client.get(reverse("ads"), {"buyer": "x"}).status_code == 404


def test_results_show_no_revenue_when_a_buyer_looks(client, buyer, platform):
    variant = make_variant(stock=1, price="431.97")
    make_order(variant, state="delivered", platform="facebook")
    save(client, buyer, **{name_of(variant, platform): "100"})
    text = client.get(reverse("ads")).content.decode()
    assert "100,00" in text
    assert "431,97" not in text


def test_queries_stay_the_same_when_there_are_more_products(client, buyer, platform):
    def count(number):
        for _ in range(number):
            save(client, buyer, **{name_of(make_variant(), platform): "10"})
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("ads"))
        return len(queries)

    assert count(1) == count(6)
