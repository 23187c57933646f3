from datetime import timedelta
from decimal import Decimal

import pytest

from commanda.ads.models import AdAccount, AdSpend, Campaign, Platform, SpendRun
from commanda.ads.services.spend import enter_spend
from commanda.ads.services.targets import set_target
from commanda.alerts.services.settle import Settled
from commanda.finance.services.costs import set_product_cost
from commanda.kernel.clock import now, time_is, today
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


def connected(buyer, **fields):
    fields.setdefault("last_success_at", now())
    return AdAccount.objects.create(
        platform=Platform.objects.get(slug="facebook"),
        connector="meta",
        name=f"Compte {buyer.pk}",
        external_id=str(buyer.pk),
        currency="MAD",
        buyer=buyer,
        secret="x",
        **fields,
    )


def imported(account, amount, **fields):
    campaign = Campaign.objects.create(account=account, external_id=f"c{amount}", name="Campagne", **fields)
    return AdSpend.objects.create(
        platform=account.platform,
        buyer=account.buyer,
        account=account,
        campaign=campaign,
        level_id=campaign.external_id,
        spent_on=today(),
        amount=amount,
        mad_amount=amount,
        updated_at=now(),
    )


def test_target_of_leads_rings_for_the_buyer_who_pays_more_and_closes_below():
    rule = make_rule("lead_target", limits={"leads": "4", "delivered": "2"}, days=7)
    variant, buyer, other = make_variant(stock=50), make_user("buyer"), make_user("buyer")
    set_target(actor=SYSTEM, product_id=variant.product_id, kind="lead", amount=Decimal(30))
    for _number in range(4):
        make_order(variant, platform="facebook")
    spend(variant, buyer, "124")  # 31.00 a lead
    spend(variant, other, "100")
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.facts["value"], alert.facts["limit"], alert.owner_ids) == ("31.00", "30.00", [buyer.pk])
    assert "30,00" in alert.sentence
    spend(variant, buyer, "112")  # 28.00: below, within the margin
    look(rule)
    assert len(open_ones(rule)) == 1
    spend(variant, buyer, "104")
    look(rule)
    assert open_ones(rule) == []


def test_target_of_delivered_orders_is_judged_by_those():
    rule = make_rule("lead_target", limits={"leads": "4", "delivered": "2"}, days=7)
    variant, buyer = make_variant(stock=50), make_user("buyer")
    set_target(actor=SYSTEM, product_id=variant.product_id, kind="delivered", amount=Decimal(40))
    for state in ("delivered", "returned"):
        make_order(variant, state=state, platform="facebook")
    spend(variant, buyer, "100")
    look(rule)
    assert open_ones(rule) == []  # one delivered says little
    make_order(variant, state="delivered", platform="facebook")
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.facts["per"], alert.facts["value"]) == ("delivered", "50.00")


def test_spend_without_a_product_rings_until_its_campaign_is_mapped():
    rule, buyer = make_rule("unmapped_spend", limits={"spend": "50"}), make_user("buyer")
    row = imported(connected(buyer), Decimal(60))
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.things, alert.owner_ids) == ({"platform": "facebook", "buyer": buyer.pk}, [buyer.pk])
    row.campaign.mapped_by = "hand"  # no product, on purpose
    row.campaign.save()
    look(rule)
    assert open_ones(rule) == []


def test_account_rings_for_its_buyer_when_its_token_ended_or_it_was_not_read():
    rule, buyer = make_rule("ad_account", limits={"intervals": "6"}), make_user("buyer")
    account = connected(buyer, error_code="token_expired")
    connected(make_user("buyer"))
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.things["account"], alert.owner_ids) == (account.pk, [buyer.pk])
    assert alert.sentence
    AdAccount.objects.update(error_code="")
    look(rule)
    assert open_ones(rule) == []
    with time_is(now() + timedelta(hours=7)):
        look(rule)
    assert len(open_ones(rule)) == 2
    AdAccount.objects.update(is_active=False)
    look(rule)
    assert open_ones(rule) == []


def test_account_with_an_error_rings_on_while_it_is_read_again():
    rule, buyer = make_rule("ad_account"), make_user("buyer")
    account = connected(buyer, error_code="token_expired")
    look(rule)
    SpendRun.objects.create(account=account, trigger=SpendRun.Trigger.POLL, started_at=now())
    assert look(rule) == Settled(0, 0, 1)
    AdAccount.objects.update(error_code="")
    assert look(rule).closed == 1


def test_account_that_is_given_to_another_buyer_names_that_one():
    rule, buyer, other = make_rule("ad_account"), make_user("buyer"), make_user("buyer")
    account = connected(buyer, error_code="token_expired")
    look(rule)
    AdAccount.objects.filter(pk=account.pk).update(buyer=other)
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.things["buyer"], alert.owner_ids) == (other.pk, [other.pk])
