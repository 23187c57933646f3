"""Campaigns and the products they sell: rules in their order, by hand, and the spend that follows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.ads.campaign_rules import fits
from commanda.ads.connectors.base import CampaignDay
from commanda.ads.models import AdAccount, AdSpend, Campaign, CampaignRule, Platform
from commanda.ads.rates import load_rates
from commanda.ads.selectors import campaigns, rules
from commanda.ads.services.accounts import AccountData, add_account
from commanda.ads.services.map_campaigns import map_campaigns
from commanda.ads.services.rules import add_rule, delete_rule, raise_rule
from commanda.ads.services.write_spend import write_days
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from tests.factories import make_actor, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def make_account(actor, name="Compte", slug="facebook"):
    platform = Platform.objects.get(slug=slug)
    return add_account(actor=actor, data=AccountData("file", name=name, platform_id=platform.pk, currency="MAD"))


def spend(account, **names):
    """One dirham per campaign, today and yesterday; `names` by number."""
    rows = [
        CampaignDay(number, name, today() - timedelta(days=back), Decimal(1))
        for number, name in names.items()
        for back in (0, 1)
    ]
    return write_days(actor=SYSTEM, account=account, rows=rows, rates=load_rates({"MAD"}))


def mapped():
    """Number of the campaign → (product, how); after proving that all its spend is there, too."""
    found = {}
    for row in Campaign.objects.all():
        of_spend = set(AdSpend.objects.filter(campaign=row).values_list("product_id", flat=True))
        assert of_spend in ({row.product_id}, set())
        found[row.external_id] = (row.product_id, row.mapped_by)
    return found


@pytest.fixture
def buyer():
    return make_actor("buyer")


@pytest.fixture
def account(buyer):
    return make_account(buyer)


@pytest.fixture
def watch():
    return make_variant(name="Montre").product_id


@pytest.fixture
def sandal():
    return make_variant(name="Sandale").product_id


@pytest.mark.parametrize(
    ("kind", "text", "name", "fit"),
    [
        ("contains", "été", "SANDALE_ETE_v2", True),
        ("contains", "sandale ete", "Sandale – Été | Femmes", True),
        ("contains", "montre", "Démontrer", True),
        ("contains", "السوار", "سوار ذهبي", False),
        ("pattern", "montre*", "Montre – Femmes", True),
        ("pattern", "montre*", "La montre", False),
        ("pattern", "??-montre", "FR-Montre", True),
        ("pattern", "[test]*", "[Test] montre", True),
        ("pattern", "a+b", "aab", False),
    ],
)
def test_name_fits_when_the_rule_says_so(kind, text, name, fit):
    assert fits(kind, text, name) is fit


@given(st.text(max_size=120), st.text(max_size=200))
def test_pattern_never_raises_when_texts_are_any(text, name):
    fits("pattern", text, name)
    assert fits("pattern", "*", name)


def test_new_campaigns_are_mapped_by_rules_and_old_ones_when_a_rule_is_added(buyer, account, watch, sandal):
    spend(account, a="Montre – Femmes", b="Sandale été", c="Divers")
    assert set(mapped().values()) == {(None, "")}
    _rule, moved = add_rule(actor=buyer, kind="contains", text="montre", product_id=watch)
    assert moved == 1
    add_rule(actor=buyer, kind="pattern", text="sandale*", product_id=sandal)
    spend(account, d="montre hommes", e="Sandales")
    assert mapped() == {
        "a": (watch, "rule"), "b": (sandal, "rule"), "c": (None, ""), "d": (watch, "rule"), "e": (sandal, "rule"),
    }  # fmt: skip


def test_first_rule_decides_and_its_place_may_change(buyer, account, watch, sandal):
    spend(account, a="Montre et sandale")
    add_rule(actor=buyer, kind="contains", text="montre", product_id=watch)
    second, _moved = add_rule(actor=buyer, kind="contains", text="sandale", product_id=sandal)
    assert mapped()["a"][0] == watch
    assert raise_rule(actor=buyer, rule_id=second.pk) == 1
    assert mapped()["a"][0] == sandal
    assert raise_rule(actor=buyer, rule_id=second.pk) == 0
    delete_rule(actor=buyer, rule_id=second.pk)
    assert mapped()["a"] == (watch, "rule")


def test_choice_by_hand_stays_when_rules_change(buyer, account, watch, sandal):
    spend(account, a="Montre", b="Montre 2")
    pks = dict(Campaign.objects.values_list("external_id", "pk"))
    map_campaigns(actor=buyer, campaign_ids=[pks["a"]], product_id=sandal)
    map_campaigns(actor=buyer, campaign_ids=[pks["b"]], product_id=None)
    add_rule(actor=buyer, kind="contains", text="montre", product_id=watch)
    spend(account, a="Montre renommée")
    assert mapped() == {"a": (sandal, "hand"), "b": (None, "hand")}
    assert map_campaigns(actor=buyer, campaign_ids=list(pks.values()), by_rules=True) == 2
    assert mapped() == {"a": (watch, "rule"), "b": (watch, "rule")}


def test_renamed_campaign_follows_the_rules_of_its_new_name(buyer, account, watch, sandal):
    add_rule(actor=buyer, kind="contains", text="montre", product_id=watch)
    add_rule(actor=buyer, kind="contains", text="sandale", product_id=sandal)
    spend(account, a="Montre")
    spend(account, a="Sandale")
    assert mapped()["a"] == (sandal, "rule")


def test_own_rules_come_before_those_of_the_shop_and_hold_for_own_accounts(buyer, account, watch, sandal):
    other = make_actor("buyer")
    theirs = make_account(other, "Autre")
    spend(account, a="Montre")
    spend(theirs, b="Montre")
    admin = make_actor("admin")
    add_rule(actor=admin, kind="contains", text="montre", product_id=watch, for_shop=True)
    assert {product for product, _how in mapped().values()} == {watch}
    add_rule(actor=buyer, kind="contains", text="montre", product_id=sandal)
    assert (mapped()["a"][0], mapped()["b"][0]) == (sandal, watch)
    assert rules(other).count() == 1


def test_rule_holds_for_its_platform_only_when_it_names_one(buyer, account, watch):
    tiktok = Platform.objects.get(slug="tiktok")
    add_rule(actor=buyer, kind="contains", text="montre", product_id=watch, platform_id=tiktok.pk)
    spend(account, a="Montre")
    spend(make_account(buyer, "TikTok", "tiktok"), b="Montre")
    assert mapped() == {"a": (None, ""), "b": (watch, "rule")}


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("contains", "  ", "empty"),
        ("contains", "—", "empty"),
        ("pattern", "**?", "too_wide"),
        ("regex", "a", "unknown_kind"),
    ],
)
def test_rule_is_refused_when_it_says_nothing(buyer, watch, kind, text, code):
    with pytest.raises(Invalid) as caught:
        add_rule(actor=buyer, kind=kind, text=text, product_id=watch)
    assert caught.value.code == code
    assert not CampaignRule.objects.exists()


def test_rule_is_refused_when_there_is_such_a_one(buyer, watch):
    add_rule(actor=buyer, kind="contains", text="montre", product_id=watch)
    with pytest.raises(Invalid):
        add_rule(actor=buyer, kind="contains", text="Montre", product_id=watch)


def test_others_campaigns_and_rules_stay_as_they_are_when_their_ids_are_guessed(buyer, account, watch):
    spend(account, a="Montre")
    (campaign,) = campaigns(buyer)
    rule, _moved = add_rule(actor=buyer, kind="contains", text="x", product_id=watch)
    shop, _moved = add_rule(actor=make_actor("admin"), kind="contains", text="y", product_id=watch, for_shop=True)
    other = make_actor("buyer")
    assert not campaigns(other).exists()
    for act in (
        lambda: map_campaigns(actor=other, campaign_ids=[campaign.pk], product_id=watch),
        lambda: delete_rule(actor=other, rule_id=rule.pk),
        lambda: raise_rule(actor=other, rule_id=shop.pk),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotAllowed):
        add_rule(actor=other, kind="contains", text="z", product_id=watch, for_shop=True)
    with pytest.raises(NotAllowed):
        map_campaigns(actor=make_actor("agent"), campaign_ids=[campaign.pk], product_id=watch)


def test_queries_stay_the_same_when_there_are_more_campaigns(account, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        spend(account, **{f"c{number}": f"Campagne {number}" for number in range(60)})
    assert AdSpend.objects.count() == 120
    assert AdAccount.objects.count() == 1
