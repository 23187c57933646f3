from datetime import timedelta
from decimal import Decimal

import pytest

from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.finance.services.costs import set_product_cost
from commanda.kernel.clock import today
from tests.alerts.helpers import SYSTEM, keys, look, make_rule, open_ones
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


def spend(variant, buyer, amount, platform="facebook", days_ago=0):
    enter_spend(
        actor=buyer.as_actor(),
        product_id=variant.product_id,
        platform_id=Platform.objects.get(slug=platform).pk,
        spent_on=today() - timedelta(days=days_ago),
        amount=Decimal(amount),
    )


def test_spend_without_leads_opens_for_its_buyer_and_closes_with_the_first_lead():
    rule = make_rule("spend_without_leads", limits={"spend": "100"}, days=3)
    variant, buyer, other = make_variant(stock=9), make_user("buyer"), make_user("buyer")
    spend(variant, buyer, "60")
    spend(variant, buyer, "40", days_ago=2)
    spend(variant, buyer, "500", days_ago=3)  # before the span
    spend(variant, other, "99.99")
    spend(variant, other, "300", platform="tiktok")
    make_order(variant, platform="tiktok")
    look(rule)
    (alert,) = open_ones(rule)
    assert alert.things == {"product": variant.product_id, "platform": "facebook", "buyer": buyer.pk}
    assert (alert.facts["value"], alert.owner_ids) == ("100.00", [buyer.pk])
    make_order(variant, platform="facebook")
    look(rule)
    assert open_ones(rule) == []


def test_spend_that_was_corrected_a_little_below_keeps_its_alert():
    rule = make_rule("spend_without_leads", limits={"spend": "100"})
    variant, buyer = make_variant(), make_user("buyer")
    spend(variant, buyer, "100")
    look(rule)
    spend(variant, buyer, "91")
    look(rule)
    assert len(open_ones(rule)) == 1
    spend(variant, buyer, "89")
    look(rule)
    assert open_ones(rule) == []


def test_break_even_opens_when_a_lead_costs_more_than_it_earns_and_keeps_no_cost():
    rule = make_rule("break_even", limits={"leads": "4"})
    variant, buyer = make_variant(stock=50, price="100.00"), make_user("buyer")
    set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=Decimal("61.37"), valid_from_on=today())
    for state in ("delivered", "delivered", "delivered", "returned"):
        make_order(variant, state=state, platform="facebook")
    # 100 − 61.37 = 38.63 a delivered order; × 1 confirmed × 3/4 delivered: 28.97 a lead may cost
    spend(variant, buyer, "100.00")  # 25.00 a lead
    look(rule)
    assert open_ones(rule) == []
    spend(variant, buyer, "116.00")  # 29.00
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.subject_key, alert.facts["value"]) == (f"{variant.product_id}:facebook", "29.00")
    assert set(alert.facts) == {"value", "leads", "days"}
    assert "28.97" not in str(alert.facts)
    spend(variant, buyer, "108.00")  # 27.00: below, within the margin
    look(rule)
    assert len(open_ones(rule)) == 1
    spend(variant, buyer, "104.00")
    look(rule)
    assert open_ones(rule) == []


def test_break_even_says_nothing_with_too_few_leads_or_without_a_delivery():
    rule = make_rule("break_even", limits={"leads": "4"})
    variant, buyer = make_variant(stock=50), make_user("buyer")
    spend(variant, buyer, "5000")
    for state in ("delivered", "new", "new"):
        make_order(variant, state=state, platform="facebook")
    other = make_variant(stock=50)
    spend(other, buyer, "5000")
    for _number in range(5):
        make_order(other, platform="facebook")
    look(rule)
    assert keys(rule) == []
