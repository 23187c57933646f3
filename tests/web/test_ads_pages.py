"""The pages of accounts, campaigns, rules, rates, targets and sheets: what they show, refuse and keep to themselves."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import gettext

from commanda.ads.models import AdAccount, AdSpend, Campaign, CampaignRule, ExchangeRate, Platform, SpendTarget
from commanda.ads.selectors import targets_on
from commanda.ads.services.accounts import AccountData, add_account
from commanda.ads.services.rates import set_rate
from commanda.ads.services.run_account import run_account
from commanda.ads.services.spend import enter_spend
from commanda.ads.services.targets import set_target
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from tests.factories import make_actor, make_user, make_variant
from tests.fakes.ads import AdWorld, running
from tests.fakes.ads.state import TOKEN

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def ads_server():
    with running(AdWorld()) as world:
        yield world


@pytest.fixture
def world(ads_server, settings):
    ads_server.clear()
    settings.META_API_BASE = settings.TIKTOK_API_BASE = ads_server.base
    return ads_server


@pytest.fixture
def buyer(client):
    user = make_user("buyer")
    client.force_login(user)
    return user


@pytest.fixture
def account(world, buyer):
    """A connected account with two campaigns read."""
    theirs = world.add_meta()
    theirs.campaigns = {"1": "Montre – Femmes", "2": "Divers"}
    theirs.spend("1", today(), "10.00")
    theirs.spend("2", today(), "5.00")
    set_rate(actor=buyer.as_actor(), currency="USD", valid_from_on=today(), rate=Decimal(10))
    made = add_account(actor=buyer.as_actor(), data=AccountData("meta", "Agence Zellige", "1234567", TOKEN))
    run_account(actor=system_actor("import"), account_id=made.pk)
    made.refresh_from_db()
    return made


def page(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_account_is_connected_in_one_step_and_its_token_never_shown(client, world, buyer):
    world.add_meta()
    wrong = client.post(reverse("ads_account_new_meta"), {"external_id": "1234567", "token": "wrong"})
    assert wrong.status_code == 422
    assert wrong.context["form"].errors["token"]
    assert "wrong" not in wrong.content.decode().split("<form", 1)[1]
    answer = client.post(reverse("ads_account_new_meta"), {"external_id": "act_1234567", "token": TOKEN})
    assert answer.status_code == 302
    assert answer["Location"].endswith("?currency=USD")  # the rate comes next
    account = AdAccount.objects.get()
    text = (
        page(client, "ads_account", account.pk)
        + page(client, "ads_accounts")
        + page(client, "ads_account_token", account.pk)
    )
    assert TOKEN not in text
    assert "1234567" in text


def test_address_of_a_private_network_is_refused_beside_its_field(client, world, buyer):
    world.add_tiktok()
    data = {"external_id": "7654321", "token": TOKEN, "api_base": "http://127.0.0.1:9"}
    answer = client.post(reverse("ads_account_new_tiktok"), data)
    assert answer.status_code == 422
    assert answer.context["form"].errors["api_base"]


def test_health_says_what_to_do_when_the_token_has_expired(client, world, account):
    world.token = "another"
    run_account(actor=system_actor("import"), account_id=account.pk)
    for text in (page(client, "ads_accounts"), page(client, "ads_account", account.pk)):
        assert reverse("ads_account_token", args=[account.pk]) in text
    world.token = TOKEN
    answer = client.post(reverse("ads_account_token", args=[account.pk]), {"token": TOKEN})
    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.error_code == ""


def test_settings_are_saved_and_errors_stand_beside_their_fields(client, account):
    url = reverse("ads_account", args=[account.pk])
    data = {"name": "Nouveau nom", "run_minutes": "120", "history_from_on": "", "api_base": ""}
    assert client.post(url, data).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.run_minutes) == ("Nouveau nom", 120)
    assert client.post(url, data | {"run_minutes": "1"}).context["form"].errors["run_minutes"]
    assert client.post(url, data | {"history_from_on": "2001-01-01"}).context["form"].errors["history_from_on"]


def test_unmapped_spend_is_seen_and_goes_to_the_product_that_is_chosen(client, account):
    variant = make_variant(name="Montre")
    assert "150,00" in page(client, "ads_campaigns")
    assert "150,00" in page(client, "ads")
    ids = list(Campaign.objects.values_list("pk", flat=True))
    answer = client.post(reverse("ads_campaigns_map"), {"campaign": ids, "product": variant.product_id})
    assert answer.status_code == 302
    assert set(AdSpend.objects.values_list("product_id", flat=True)) == {variant.product_id}
    assert "alert-warning" not in page(client, "ads_campaigns")
    client.post(reverse("ads_campaigns_map"), {"campaign": ids, "product": "none"})
    assert set(Campaign.objects.values_list("mapped_by", "product")) == {("hand", None)}
    client.post(reverse("ads_campaigns_map"), {"campaign": ids, "product": "rules"})
    assert set(Campaign.objects.values_list("mapped_by", flat=True)) == {""}


@pytest.mark.parametrize("product", ["", "x", "99999999"])
def test_nothing_is_mapped_when_the_product_is_none_of_ours(client, account, product):
    ids = list(Campaign.objects.values_list("pk", flat=True))
    assert client.post(reverse("ads_campaigns_map"), {"campaign": ids, "product": product}).status_code == 302
    assert not Campaign.objects.exclude(product=None).exists()


def test_campaigns_are_found_by_name_state_and_account(client, account):
    assert "Divers" not in page(client, "ads_campaigns", q="montre")
    assert "Divers" in page(client, "ads_campaigns", state="unmapped", account=account.pk)
    assert "Divers" not in page(client, "ads_campaigns", state="hand")
    assert "Divers" not in page(client, "ads_campaigns", account="99999")


def test_rule_maps_at_once_and_is_deleted_again(client, account):
    variant = make_variant(name="Montre")
    data = {"kind": "contains", "text": "montre", "product": variant.product_id}
    assert client.post(reverse("ads_rules"), data).status_code == 302
    assert Campaign.objects.get(external_id="1").product_id == variant.product_id
    assert client.post(reverse("ads_rules"), data).status_code == 422  # there is such a rule
    rule = CampaignRule.objects.get()
    assert "montre" in page(client, "ads_rules")
    assert client.post(reverse("ads_rule_up", args=[rule.pk])).status_code == 302
    assert client.post(reverse("ads_rule_delete", args=[rule.pk])).status_code == 302
    assert not CampaignRule.objects.exists()


def test_others_accounts_campaigns_and_rules_do_not_exist_for_a_buyer(client, account):
    rule = CampaignRule.objects.create(position=1, text="x", product=make_variant().product)
    campaign = Campaign.objects.first()
    client.force_login(make_user("buyer"))
    assert client.get(reverse("ads_account", args=[account.pk])).status_code == 404
    for name, key in [
        ("ads_account", account.pk), ("ads_account_token", account.pk), ("ads_account_run", account.pk),
        ("ads_account_pause", account.pk), ("ads_rule_up", rule.pk), ("ads_rule_delete", rule.pk),
    ]:  # fmt: skip
        assert client.post(reverse(name, args=[key])).status_code == 404, name
    data = {"campaign": campaign.pk, "product": make_variant().product_id}
    assert client.post(reverse("ads_campaigns_map"), data).status_code == 404
    for name in ("ads_accounts", "ads_campaigns", "ads"):
        text = page(client, name)
        assert account.name not in text
        assert campaign.name not in text


def test_rates_are_kept_on_their_page(client, buyer):
    data = {"currency": "usd", "rate": "٩,٨٥", "valid_from_on": today().isoformat()}
    assert client.post(reverse("ads_rates"), data).status_code == 302
    rate = ExchangeRate.objects.get()
    assert (rate.currency, rate.rate) == ("USD", Decimal("9.85"))
    assert client.post(reverse("ads_rates"), data | {"rate": "dix"}).context["form"].errors["rate"]
    assert client.post(reverse("ads_rates"), data | {"currency": "MAD"}).context["form"].errors["currency"]
    assert client.post(reverse("ads_rate_delete", args=[rate.pk])).status_code == 302
    assert not ExchangeRate.objects.exists()


def test_targets_are_worked_out_by_the_administrator_only(client, buyer):
    client.force_login(buyer)
    assert client.post(reverse("ads_targets"), {"derive": "1"}).status_code == 403
    client.force_login(make_user("admin"))
    answer = client.post(reverse("ads_targets"), {"derive": "1"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        gettext("Too little was delivered in the last 30 days to work out a target.")
    ]


def test_targets_are_set_by_the_administrator_and_seen_by_buyers(client, buyer):
    variant = make_variant(name="Montre")
    data = {"product": variant.product_id, "lead": "18,50", "delivered": "", "valid_from_on": today().isoformat()}
    assert client.post(reverse("ads_targets"), data).status_code == 403
    client.force_login(make_user("admin"))
    assert client.post(reverse("ads_targets"), data).status_code == 302
    assert client.post(reverse("ads_targets"), data | {"lead": "-1"}).status_code == 422
    assert client.post(reverse("ads_targets"), data | {"product": 0}).status_code == 404
    client.force_login(buyer)
    enter_spend(
        actor=buyer.as_actor(), product_id=variant.product_id, platform_id=Platform.objects.first().pk,
        spent_on=today(), amount=Decimal(50),
    )  # fmt: skip
    for name in ("ads_targets", "ads"):
        assert "18,50" in page(client, name)


def test_derived_target_stays_derived_when_the_other_is_typed(client):
    variant, admin = make_variant(), make_actor("admin")
    set_target(actor=admin, product_id=variant.product_id, kind="lead", amount=Decimal(9), is_derived=True)
    client.force_login(make_user("admin"))
    day = today().isoformat()
    client.post(
        reverse("ads_targets"), {"product": variant.product_id, "lead": "9", "delivered": "30", "valid_from_on": day}
    )
    row = client.get(reverse("ads_targets")).context["rows"][0]["targets"]
    assert (row.lead.is_derived, row.delivered.is_derived, row.delivered.amount) == (True, False, 30)


def test_target_holds_from_an_earlier_day_when_its_amount_stays(client):
    variant, admin = make_variant(), make_actor("admin")
    set_target(actor=admin, product_id=variant.product_id, kind="lead", amount=Decimal(20))
    client.force_login(make_user("admin"))
    early = today() - timedelta(days=10)
    data = {"product": variant.product_id, "lead": "20", "delivered": "", "valid_from_on": early.isoformat()}
    client.post(reverse("ads_targets"), data)
    assert targets_on(admin, early)[variant.product_id].lead.amount == 20


def test_absurd_target_is_refused_beside_its_field_and_nothing_is_saved(client):
    variant = make_variant()
    client.force_login(make_user("admin"))
    data = {"product": variant.product_id, "lead": "5", "delivered": "900000", "valid_from_on": today().isoformat()}
    answer = client.post(reverse("ads_targets"), data)
    assert answer.status_code == 422
    assert list(answer.context["rows"][0]["form"].errors) == ["delivered"]
    assert not SpendTarget.objects.exists()


def sheet(client, **fields):
    return client.post(reverse("ads_import"), {"currency": "MAD", "day": today().isoformat(), **fields})


def test_pasted_cells_are_looked_at_then_written(client, buyer):
    variant = make_variant(name="Montre", sku="M-1")
    cells = "Produit\tFacebook\tTikTok\nMontre\t1 234,50\t\nTotal\t1 234,50\t"
    looked = sheet(client, cells=cells, action="look")
    assert looked.status_code == 200
    assert (looked.context["line_qty"], looked.context["bad_qty"]) == (1, 0)
    assert not AdSpend.objects.exists()
    kept = looked.context["form"]["cells"].value()
    assert sheet(client, cells=kept, action="save").status_code == 302
    row = AdSpend.objects.get()
    assert (row.product_id, row.amount, row.buyer, row.platform.slug) == (
        variant.product_id, Decimal("1234.50"), buyer, "facebook",
    )  # fmt: skip


@pytest.mark.parametrize("cells", ["", "rien du tout", "Produit;Montant\nInconnu;5", "\0\0", "a\tb\nc\td"])
def test_preview_says_what_is_wrong_and_nothing_is_written(client, buyer, cells):
    answer = sheet(client, cells=cells, action="save")
    assert answer.status_code == 422
    assert answer.context["form"].errors or answer.context["bad_qty"]
    assert not AdSpend.objects.exists()


def test_workbook_is_read_and_what_is_none_is_refused(client, buyer):
    make_variant(name="Montre")
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        tab = book.add_worksheet()
        tab.write_row(0, 0, ["Jour", "Plateforme", "Produit", "Montant"])
        tab.write_row(1, 0, [(today() - timedelta(days=1)).isoformat(), "tiktok", "Montre", 12.5])
    looked = sheet(client, file=SimpleUploadedFile("a.xlsx", target.getvalue()), action="look")
    assert looked.context["line_qty"] == 1
    assert sheet(client, cells=looked.context["form"]["cells"].value(), action="save").status_code == 302
    assert AdSpend.objects.get().amount == Decimal("12.50")
    bad = sheet(client, file=SimpleUploadedFile("a.pdf", b"%PDF-1.4 nothing"), action="look")
    assert bad.context["form"].errors["file"]


def test_export_holds_what_the_actor_may_see_and_no_formula(client, account):
    theirs = make_user("buyer")
    enter_spend(
        actor=theirs.as_actor(), product_id=make_variant(name="=1+1").product_id,
        platform_id=Platform.objects.first().pk, spent_on=today(), amount=Decimal("777.77"),
    )  # fmt: skip
    text = client.get(reverse("ads_export"), {"period": "7d", "format": "csv"}).getvalue().decode()
    assert "Montre – Femmes" in text
    assert "777.77" not in text
    client.force_login(make_user("admin"))
    text = client.get(reverse("ads_export"), {"period": "7d", "format": "csv"}).getvalue().decode()
    assert "777.77" in text
    assert "'=1+1" in text


def test_imported_spend_stands_beside_the_cell_and_is_not_typed_again(client, account):
    variant = make_variant(name="Montre")
    Campaign.objects.filter(external_id="1").update(product=variant.product, mapped_by="hand")
    AdSpend.objects.filter(level_id="1").update(product=variant.product)
    context = client.get(reverse("ads")).context
    cells = {cell.platform.slug: cell for row in context["grid"].rows for cell in row.cells}
    assert (cells["facebook"].text, cells["facebook"].imported_amount) == ("", Decimal("100.00"))
    assert context["unmapped_of_day"] == Decimal("50.00")


@pytest.mark.parametrize("role", ["supervisor", "agent"])
def test_every_page_is_closed_when_the_role_does_not_run_ads(client, role):
    client.force_login(make_user(role))
    for name in (
        "ads_accounts",
        "ads_account_new",
        "ads_campaigns",
        "ads_rules",
        "ads_rates",
        "ads_targets",
        "ads_import",
    ):
        assert client.get(reverse(name)).status_code == 403
