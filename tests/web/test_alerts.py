import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.ads.models import AdAccount, Platform
from commanda.alerts.kinds import KINDS, Finding
from commanda.alerts.models import Alert, AlertMute, AlertNotice, AlertPreference, AlertRule
from commanda.customers.models import City
from commanda.kernel.clock import now
from commanda.orders.services.annotate import add_comment
from commanda.web.alerts.links import way_from
from tests.alerts.helpers import SYSTEM, look, make_rule, open_ones, settled
from tests.factories import make_order, make_user, make_variant
from tests.intake.helpers import make_source

pytestmark = pytest.mark.django_db
LIST = "/alerts/"


@pytest.fixture
def low(db):
    """A product that runs out, of which administrators and buyers are told."""
    rule = make_rule("low_stock", roles=("admin", "buyer"), is_urgent=True)
    make_variant(name="Montre Essai", stock=2, low_stock_qty=10)
    look(rule)
    return open_ones(rule)[0]


def read(client, user, address=LIST, **headers):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client, user, name, data, *arguments):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client.post(reverse(name, args=arguments), data)


@pytest.mark.parametrize("role", ["admin", "supervisor", "agent", "buyer"])
@pytest.mark.parametrize("address", [LIST, f"{LIST}?state=muted", f"{LIST}?state=closed", "/alerts/panel/"])
def test_empty_list_says_so(client, role, address):
    assert 'class="empty' in read(client, make_user(role), address)


def test_alert_says_what_since_when_and_what_to_do(client, low):
    text = read(client, make_user("admin", name="Sans avis"))  # not told yet: the rule has not looked since
    assert "Montre Essai" not in text
    user = make_user("admin")
    look(low.rule)
    text = read(client, user)
    for words in ("Montre Essai", "2 units left; the threshold is 10.", "Order more", "Open the product", "urgent"):
        assert words in text
    assert f'datetime="{low.opened_at.isoformat()}"' in text


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_list_is_drawn_in_the_readers_language(client, low, language):
    user = make_user("admin", language=language)
    look(low.rule)
    client.force_login(user)
    client.cookies["django_language"] = language
    text = client.get(LIST).content.decode()
    assert "Montre Essai" in text
    assert ('dir="rtl"' in text) == (language == "ar")


def test_list_is_narrowed_by_state_and_kind(client, low):
    user = make_user("admin")
    look(low.rule)
    other = make_rule("unassigned")
    settled(other, Finding("all", Decimal(3), Decimal(1), extra={"hours": "3"}))
    assert "nobody has" in read(client, user)
    assert "3 orders have had no agent" not in read(client, user, f"{LIST}?kind=low_stock")
    settled(other)
    assert "3 orders have had no agent" not in read(client, user)
    assert "3 orders have had no agent" in read(client, user, f"{LIST}?state=closed")
    for query in ("?state=nonsense&kind=x", "?after=zzz", "?whose=all"):
        assert "Montre Essai" in read(client, user, LIST + query)


def test_administrator_may_look_at_what_others_are_told_and_nobody_else(client, low):
    rule = make_rule("cover", roles=("buyer",))
    variant = make_variant(name="Lampe Essai")
    settled(rule, Finding("1", Decimal(2), Decimal(5), things={"product": variant.product_id}, extra={"left": "4"}))
    admin, buyer = make_user("admin"), make_user("buyer")
    agent = make_user("agent")
    assert "Lampe Essai" not in read(client, admin)
    assert "Lampe Essai" in read(client, admin, f"{LIST}?whose=all")
    assert "Lampe Essai" not in read(client, agent, f"{LIST}?whose=all")
    settled(rule, Finding("1", Decimal(2), Decimal(5), things={"product": variant.product_id}, extra={"left": "4"}))
    assert "Lampe Essai" in read(client, buyer)


def test_bell_counts_alerts_and_mentions_and_shows_both_in_its_panel(client, low):
    user = make_user("admin", name="Karima Essai")
    look(low.rule)
    order = make_order(make_variant())
    add_comment(actor=SYSTEM, order_id=order.pk, text="@Karima Essai merci de voir")
    text = read(client, user)
    assert re.search(r'class="bell-number"[^>]*>2<', text)
    panel = read(client, user, "/alerts/panel/", **{"HX-Request": "true"})
    assert "offcanvas-header" in panel
    for words in ("Montre Essai", "merci de voir", order.reference):
        assert words in panel
    bell = read(client, user, "/alerts/bell/", **{"HX-Request": "true"})
    assert bell.strip().startswith("<a")
    assert "<html" not in bell
    post(client, user, "alerts_read", {})
    assert re.search(r'class="bell-number"[^>]*>1<', read(client, user))


def test_seen_alert_leads_on_and_can_be_marked_unseen(client, low):
    user = make_user("admin")
    look(low.rule)
    answer = post(client, user, "alerts_read", {"id": low.pk, "open": "1"})
    assert answer["Location"] == reverse("product", args=[low.things["product"]])
    assert AlertNotice.objects.get(user=user).seen_at is not None
    post(client, user, "alerts_read", {"id": low.pk, "unseen": "1"})
    assert AlertNotice.objects.get(user=user).seen_at is None


@pytest.mark.parametrize("typed", ["0", "x", "99999999999999999999999"])
def test_alert_that_is_not_there_is_no_error_to_have_seen(client, typed):
    assert post(client, make_user("admin"), "alerts_read", {"id": typed, "open": "1"})["Location"] == LIST


def test_alert_is_muted_from_its_page_and_heard_again(client, low):
    user = make_user("buyer")
    look(low.rule)
    form = read(client, user, reverse("alert_mute", args=[low.pk]))
    assert "Montre Essai" in form
    assert "everybody" not in form
    assert post(client, user, "alert_mute", {"what": "subject", "until": "7"}, low.pk).status_code == 302
    mute = AlertMute.objects.get()
    assert (mute.user_id, mute.subject_key) == (user.pk, low.subject_key)
    assert now() + timedelta(days=6) < mute.until_at < now() + timedelta(days=8)
    assert "Montre Essai" not in read(client, user)
    assert "Montre Essai" in read(client, user, f"{LIST}?state=muted")
    assert "Montre Essai" in read(client, user, "/alerts/mine/")
    post(client, user, "alert_unmute", {}, mute.pk)
    assert "Montre Essai" in read(client, user)


def test_mute_for_everybody_asks_for_a_reason_beside_its_field(client, low):
    user = make_user("admin")
    look(low.rule)
    data = {"what": "rule", "until": "ever", "for_all": "on", "reason": ""}
    answer = post(client, user, "alert_mute", data, low.pk)
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert post(client, user, "alert_mute", {**data, "reason": "Inventaire"}, low.pk).status_code == 302
    mute = AlertMute.objects.get()
    assert (mute.user_id, mute.subject_key, mute.until_at, mute.reason) == (None, "", None, "Inventaire")


def test_nonsense_is_refused_by_the_form_of_a_mute(client, low):
    user = make_user("buyer")
    look(low.rule)
    assert post(client, user, "alert_mute", {"what": "x", "until": "999"}, low.pk).status_code == 422
    assert post(client, user, "alert_mute", {"for_all": "on"}, low.pk).status_code == 422


def test_person_chooses_when_mails_come(client):
    user = make_user("agent")
    assert "08:00" in read(client, user, "/alerts/mine/")
    answer = post(client, user, "alert_preferences", {"daily_hour": "18", "gets_daily": "on"})
    assert answer.status_code == 302
    preference = AlertPreference.objects.get()
    assert (preference.gets_daily, preference.daily_hour, preference.gets_urgent) == (True, 18, False)
    assert post(client, user, "alert_preferences", {"daily_hour": "99"}).status_code == 422


def form_of(rule, **changes):
    data = {f"limit_{limit.slug}": str(limit.unit.typed(limit.default)) for limit in KINDS[rule].limits}
    data |= {"name": "", "to_bell": "on", "days": "30", "dimension": "product", "do": "save"}
    return {**data, **changes}


@pytest.mark.parametrize("kind", KINDS)
def test_rule_of_every_kind_is_made_tried_and_changed(client, kind):
    admin = make_user("admin")
    text = read(client, admin, reverse("settings_alert_new", args=[kind]))
    assert str(KINDS[kind].explanation) in text.replace("&#x27;", "'")
    before = AlertRule.objects.count()
    tried = post(client, admin, "settings_alert_new", form_of(kind, do="try"), kind)
    assert tried.status_code == 200
    assert "Nothing has been saved" in tried.content.decode()
    assert AlertRule.objects.count() == before
    assert post(client, admin, "settings_alert_new", form_of(kind, name="Ma règle"), kind).status_code == 302
    rule = AlertRule.objects.get(name="Ma règle")
    assert "Ma règle" in read(client, admin, reverse("settings_alerts"))
    answer = post(client, admin, "settings_alert", form_of(kind, name="Autre nom"), rule.pk)
    assert answer.status_code == 302
    rule.refresh_from_db()
    assert rule.name == "Autre nom"


def test_limit_is_typed_in_percent_and_kept_as_a_ratio(client):
    admin, rule = make_user("admin"), make_rule("high_returns")
    assert 'value="35"' in read(client, admin, reverse("settings_alert", args=[rule.pk]))
    post(client, admin, "settings_alert", form_of("high_returns", limit_rate="42.5"), rule.pk)
    rule.refresh_from_db()
    assert Decimal(rule.limits["rate"]) == Decimal("0.425")


@pytest.mark.parametrize(
    "changes", [{"limit_rate": "0"}, {"limit_rate": "abc"}, {"days": "0"}, {"dimension": "day"}, {"to_bell": ""}]
)
def test_rule_with_bad_values_is_shown_again_with_its_errors(client, changes):
    data = form_of("high_returns", **changes)
    answer = post(client, make_user("admin"), "settings_alert_new", data, "high_returns")
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.content.decode()


def test_dry_run_names_what_it_would_tell_of(client):
    make_variant(name="Montre Essai", stock=2, low_stock_qty=10)
    answer = post(client, make_user("admin"), "settings_alert_new", form_of("low_stock", do="try"), "low_stock")
    text = answer.content.decode()
    assert "Montre Essai" in text
    assert "2 units left" in text
    assert not Alert.objects.exists()


def test_rule_is_switched_off_on_and_deleted(client, low):
    admin = make_user("admin")
    post(client, admin, "settings_alert_change", {"do": "off"}, low.rule_id)
    assert not Alert.objects.open().exists()
    post(client, admin, "settings_alert_change", {"do": "on"}, low.rule_id)
    assert Alert.objects.open().exists()
    post(client, admin, "settings_alert_change", {"do": "delete"}, low.rule_id)
    assert not AlertRule.objects.filter(pk=low.rule_id).exists()
    client.force_login(admin)
    assert client.get(reverse("settings_alert_new", args=["nonsense"])).status_code == 404


def test_home_shows_the_open_alerts_of_the_person(client, low):
    supervisor, buyer, agent = make_user("supervisor"), make_user("buyer"), make_user("agent")
    look(low.rule)
    assert "Montre Essai" not in read(client, supervisor, "/")
    assert "2 units left" in read(client, buyer, "/")
    assert "home/_alerts.html" not in [
        block.template for _span, block in _blocks(client, agent)
    ]  # nothing to tell, nothing to lead


def _blocks(client, user):
    client.force_login(user)
    return client.get("/").context["blocks"]


def test_buyer_sees_on_the_card_why_its_ads_should_pause(client):
    rule = make_rule("spend_without_leads", roles=("buyer",))
    variant, buyer = make_variant(name="Lampe Essai", stock=90), make_user("buyer")
    finding = Finding(
        "1",
        Decimal(250),
        Decimal(100),
        things={"product": variant.product_id, "platform": "tiktok", "buyer": buyer.pk},
        owner_ids=(buyer.pk,),
        extra={"days": "3"},
    )
    settled(rule, finding)
    text = read(client, buyer, "/")
    assert "goods-flag" in text
    assert "without one lead" in text
    assert "goods-flag" not in read(client, make_user("buyer"), "/")


def test_pages_cost_the_same_for_10_and_200_alerts(client):
    rule, admin = make_rule("low_stock"), make_user("admin")
    client.force_login(admin)

    def costs(number):
        products = [make_variant().product_id for _step in range(3)]
        found = [
            Finding(str(key), Decimal(2), Decimal(10), things={"product": products[key % 3]}) for key in range(number)
        ]
        settled(rule, *found)
        counts = []
        for address in (LIST, "/alerts/panel/", "/alerts/bell/", "/"):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
        return counts

    assert costs(10) == costs(200)


def test_worker_that_rests_is_told_to_who_can_start_it(client):
    admin = make_user("admin")
    AlertRule.objects.update(evaluated_at=now() - timedelta(days=1))
    for address in (LIST, "/", reverse("settings_alerts")):
        assert "the worker rests" in read(client, admin, address)
    assert "the worker rests" not in read(client, make_user("supervisor"))


@pytest.mark.parametrize("kind", KINDS)
def test_alert_of_every_kind_leads_to_a_page_that_opens(client, kind):
    """For who may do everything; kinds about the program itself lead nowhere."""
    admin, rule = make_user("admin"), make_rule(kind)
    account = AdAccount.objects.create(
        platform=Platform.objects.first(), connector="meta", name="Compte", external_id="1", currency="MAD", buyer=admin
    )
    things = {
        "product": make_variant(name="Montre Essai").product_id,
        "city": City.objects.first().pk,
        "agent": admin.pk,
        "platform": "facebook",
        "account": account.pk,
        "source": make_source().pk,
        "rule": rule.pk,
    }
    settled(
        rule, Finding("1", Decimal(2), Decimal(10), things=things, extra={"days": "7", "left": "3", "variants": "1"})
    )
    (alert,) = open_ones(rule)
    way = way_from(admin.as_actor(), alert)
    if kind in {"jobs_waiting", "jobs_failed"}:
        assert way is None
        return
    client.force_login(admin)
    assert client.get(way.url).status_code == 200
    assert way_from(make_user("agent").as_actor(), alert) is None or kind in {
        *("low_stock", "cover", "high_returns", "low_delivery", "low_confirmation", "unassigned", "late_orders"),
    }
