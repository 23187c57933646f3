"""Sheets of spend written down: products by hand's key, accounts as imported spend, all or nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from commanda.ads.models import AdSpend, Campaign, Platform, SpendRun
from commanda.ads.services.accounts import AccountData, add_account
from commanda.ads.services.import_sheet import checked_lines, import_lines
from commanda.ads.services.rates import set_rate
from commanda.ads.sheet_names import load_names
from commanda.ads.spend_sheet import Usual, parse_sheet
from commanda.catalog.services.aliases import add_alias
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid, NotAllowed
from tests.ads.connected import read
from tests.factories import make_actor, make_user, make_variant

pytestmark = pytest.mark.django_db
HEADER = ["Compte", "Jour", "Campagne", "Montant"]
DAY = (today() - timedelta(days=1)).isoformat()


@pytest.fixture
def variant():
    found = make_variant(name="Montre Atlas", sku="ATLAS-N")
    add_alias(actor=system_actor("test"), variant_id=found.pk, text="la montre")
    return found


@pytest.fixture
def account(buyer, dollar):
    google = Platform.objects.get(slug="google")
    data = AccountData("file", name="Google Ads", external_id="555-1", platform_id=google.pk, currency="USD")
    return add_account(actor=buyer, data=data)


def lines_of(actor, rows, **usual):
    return parse_sheet(rows, load_names(actor), Usual(**usual))


def take_in(actor, rows, **options):
    return import_lines(actor=actor, lines=lines_of(actor, rows), **options)


def test_products_are_found_by_name_sku_and_alias(buyer, variant):
    rows = [["Date", "Plateforme", "Produit", "Montant"]]
    rows += [[DAY, name, product, "10"] for name, product in
             [("facebook", "MONTRE ATLAS"), ("TikTok Ads", "atlas-n"), ("Snapchat", "La Montre")]]  # fmt: skip
    done = take_in(buyer, rows)
    assert (done.read_qty, done.changed_qty) == (3, 3)
    assert set(AdSpend.objects.values_list("product_id", "platform__slug")) == {
        (variant.product_id, slug) for slug in ("facebook", "tiktok", "snapchat")
    }
    assert take_in(buyer, rows).changed_qty == 0


def test_campaigns_of_a_file_are_known_again_by_name_or_number(buyer, account):
    rows = [HEADER, ["google ads", DAY, "Montre – Femmes", "12,50"], ["555-1", DAY, "Sandale", "3"]]
    assert take_in(buyer, rows).changed_qty == 2
    assert take_in(buyer, [HEADER, ["Google Ads", DAY, "MONTRE – femmes", "13"]]).changed_qty == 1
    assert Campaign.objects.count() == 2
    assert sum(row.mad_amount for row in AdSpend.objects.all()) == Decimal("160.00")
    assert [run.trigger for run in SpendRun.objects.all()] == ["file", "file"]


def test_file_fills_what_the_connection_reads_when_campaigns_are_known(meta, buyer):
    ours, theirs = meta
    theirs.campaigns["9"] = "Montre"
    theirs.spend("9", today() - timedelta(days=1), "5.00")
    read(ours)
    take_in(buyer, [HEADER, [ours.name, DAY, "montre", "6"]])
    assert AdSpend.objects.get().amount == 6
    (line,) = checked_lines(buyer, lines_of(buyer, [HEADER, [ours.name, DAY, "Nouvelle", "6"]]))
    assert line.problems == ("unknown_campaign",)


def test_nothing_is_written_when_one_row_is_wrong(buyer, variant):
    rows = [
        ["Date", "Plateforme", "Produit", "Montant"],
        [DAY, "facebook", "ATLAS-N", "5"],
        [DAY, "facebook", "?", "5"],
    ]
    with pytest.raises(Invalid):
        take_in(buyer, rows)
    with pytest.raises(Invalid):
        take_in(buyer, [["Produit", "Montant"]])
    assert not AdSpend.objects.exists()


def test_rate_is_missed_before_anything_is_written(buyer, variant):
    rows = [["Date", "Plateforme", "Produit", "Montant"], [DAY, "facebook", "ATLAS-N", "5 EUR"]]
    (line,) = checked_lines(buyer, lines_of(buyer, rows))
    assert line.problems == ("no_rate",)
    set_rate(actor=buyer, currency="EUR", valid_from_on=date(2026, 1, 1), rate=Decimal("10.8"))
    take_in(buyer, rows)
    assert AdSpend.objects.get().mad_amount == 54


def test_others_accounts_and_figures_are_out_of_reach(buyer, account, variant):
    other = make_user("buyer")
    rows = [HEADER, ["Google Ads", DAY, "Montre", "5"]]
    (line,) = lines_of(other.as_actor(), rows)
    assert "unknown_account" in line.problems
    with pytest.raises(Invalid):  # a line that was made up
        import_lines(actor=other.as_actor(), lines=lines_of(buyer, rows))
    by_hand = [["Date", "Plateforme", "Produit", "Montant"], [DAY, "facebook", "ATLAS-N", "5"]]
    with pytest.raises(NotAllowed):
        take_in(buyer, by_hand, buyer_id=other.pk)
    take_in(make_actor("admin"), by_hand, buyer_id=other.pk)
    assert AdSpend.objects.get().buyer == other
