from datetime import timedelta
from decimal import Decimal

import pytest

from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.kernel.clock import now, time_is, today
from commanda.stock.services.documents import StockLine, adjust_stock, receive_stock
from tests.alerts.helpers import SYSTEM, keys, look, make_rule, open_ones
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


def take(variant, quantity):
    adjust_stock(actor=SYSTEM, lines=[StockLine(variant.pk, quantity)], kind="damage", note="essai")


def give(variant, quantity):
    receive_stock(actor=SYSTEM, lines=[StockLine(variant.pk, quantity)])


def spend(variant, buyer, amount="30.00", on=None):
    enter_spend(
        actor=buyer.as_actor(),
        product_id=variant.product_id,
        platform_id=Platform.objects.get(slug="facebook").pk,
        spent_on=on or today(),
        amount=Decimal(amount),
    )


def test_low_stock_opens_at_the_threshold_follows_and_closes_behind_it():
    rule, variant = make_rule("low_stock"), make_variant(stock=11, low_stock_qty=10)
    make_variant(stock=3, low_stock_qty=0)
    make_variant(stock=3, low_stock_qty=10, allows_backorder=True)
    make_variant(stock=3, low_stock_qty=10, is_active=False)
    look(rule)
    assert keys(rule) == []
    take(variant, 1)
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.things, alert.facts["value"], alert.facts["limit"]) == ({"product": variant.product_id}, "10", "10")
    take(variant, 2)
    look(rule)
    assert open_ones(rule)[0].facts["value"] == "8"
    assert open_ones(rule)[0].pk == alert.pk
    give(variant, 4)  # 12: above the threshold, within the margin of two
    look(rule)
    assert keys(rule) == [str(variant.product_id)]
    give(variant, 1)
    assert look(rule).closed == 1
    assert open_ones(rule) == []


def test_low_stock_is_one_alert_when_several_variants_of_a_product_are_low():
    rule, variant = make_rule("low_stock"), make_variant(stock=4, low_stock_qty=10)
    other = variant.product.variants.model.objects.create(
        product=variant.product, sku="SECOND", color="Noir", price_amount=10
    )
    variant.level.__class__.objects.create(variant=other)
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.facts["value"], alert.facts["variants"]) == ("0", "2")


def test_cover_opens_when_what_is_left_lasts_too_few_days_and_closes_a_day_behind():
    rule = make_rule("cover", limits={"days": "5"})
    variant = make_variant(stock=28)
    make_order((variant, 14), state="shipped")  # a unit a day; 14 are left
    look(rule)
    assert keys(rule) == []
    take(variant, 10)
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.facts["value"], alert.facts["left"]) == ("4.0", "4")
    give(variant, 1)  # five days: at the limit, not yet a day behind
    look(rule)
    assert len(open_ones(rule)) == 1
    give(variant, 1)
    look(rule)
    assert open_ones(rule) == []


def test_sold_out_rings_for_each_buyer_who_advertises_it_and_stops_when_goods_come():
    rule, variant = make_rule("sold_out_ads"), make_variant(stock=0)
    ina, ali = make_user("buyer"), make_user("buyer")
    spend(variant, ina)
    spend(variant, ali, on=today() - timedelta(days=3))  # longer ago than the rule looks
    spend(make_variant(stock=9), ali)
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.owner_ids, alert.facts["value"]) == ([ina.pk], "30.00")
    give(variant, 5)
    look(rule)
    assert open_ones(rule) == []


def test_sold_out_closes_when_nobody_advertises_any_more():
    rule, variant = make_rule("sold_out_ads"), make_variant(stock=0)
    spend(variant, make_user("buyer"))
    look(rule)
    assert len(open_ones(rule)) == 1
    with time_is(now() + timedelta(days=4)):
        look(rule)
    assert open_ones(rule) == []
