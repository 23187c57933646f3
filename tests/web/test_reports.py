"""Pages of reports: who sees which, what the table says, and that its figures open their rows."""

import csv
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from commanda.accounts.models import Role
from commanda.accounts.permissions import Perm
from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.finance.services.costs import set_product_cost
from commanda.finance.services.expenses import add_expense
from commanda.insights.kpis import KPIS
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.reports.catalogue import REPORTS, reports_for
from tests.factories import make_order, make_user, make_variant
from tests.web.reading import read, text

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
ROLES = ("admin", "supervisor", "agent", "buyer")


@pytest.fixture
def shop():
    """Four orders of two products, some delivered, one back, one cancelled; a cost and ad spend."""
    amal, bilal, buyer = make_user("agent", name="Amal"), make_user("agent", name="Bilal"), make_user("buyer")
    lamp = make_variant(stock=30, name="Lampe Essai", price="100.00")
    rug = make_variant(stock=30, name="Tapis Essai", price="250.00")
    set_product_cost(actor=SYSTEM, variant_id=lamp.pk, amount=Decimal("61.37"), valid_from_on=today())
    enter_spend(
        actor=buyer.as_actor(),
        product_id=lamp.product_id,
        platform_id=Platform.objects.get(slug="facebook").pk,
        spent_on=today(),
        amount=Decimal("41.30"),
    )
    orders = [
        make_order(lamp, state="delivered", assignee_id=amal.pk, platform="facebook"),
        make_order((lamp, 2), state="returned", assignee_id=amal.pk, platform="facebook"),
        make_order(rug, state="cancelled", assignee_id=bilal.pk),
        make_order(rug, state="delivered", assignee_id=bilal.pk),
    ]
    return {"amal": amal, "bilal": bilal, "buyer": buyer, "lamp": lamp, "rug": rug, "orders": orders}


def lines(answer):
    """The rows of the table: name → its cells by column."""
    sheet = answer.context["sheet"]
    return {line.label: line for line in sheet.lines}


@pytest.mark.parametrize("role", ROLES)
def test_every_report_in_the_catalogue_opens_when_it_is_offered(client, shop, role):
    user = shop["amal"] if role == "agent" else shop["buyer"] if role == "buyer" else make_user(role)
    page = text(client, user, reverse("reports"))
    offered = reports_for(user.as_actor())
    assert offered
    for report in REPORTS:
        address = reverse("report", args=[report.slug])
        if report in offered:
            assert address in page
            for axis in report.axes:
                read(client, user, f"{address}?by={axis}")
                read(client, user, f"{address}?by={axis}&compare=year&basis=event&period=90d")
            read(client, user, reverse("report_print", args=[report.slug]))
            read(client, user, reverse("report_export", args=[report.slug, "xlsx"]))
        else:
            assert f'"{address}"' not in page
            read(client, user, address, 404)


@pytest.mark.parametrize(
    ("role", "missing"),
    [("supervisor", {"money-map", "ads"}), ("agent", {"money-map", "global", "team", "ads"})],
)
def test_reports_of_money_and_of_the_team_do_not_exist_when_the_right_is_missing(role, missing):
    slugs = {report.slug for report in reports_for(make_user(role).as_actor())}
    assert {report.slug for report in REPORTS} - slugs == missing


def test_buyer_has_products_ads_and_sources_only_when_they_may_enter_spend():
    assert {report.slug for report in reports_for(make_user("buyer").as_actor())} == {"products", "ads", "sources"}


def test_nobody_without_a_figure_gets_in_or_sees_the_menu(client):
    role = Role.objects.create(slug="packer", name="Emballeur", permissions=[Perm.STOCK_VIEW])
    user = make_user("admin")
    user.role = role
    user.save()
    read(client, user, reverse("reports"), 403)
    read(client, user, reverse("report_schedules"), 403)
    assert reverse("reports") not in text(client, user, "/")


def test_search_finds_a_report_by_a_word_of_its_explanation(client):
    admin = make_user("admin", language="en")
    page = text(client, admin, reverse("reports") + "?q=WATERFALL nothing")
    assert 'class="empty' in page
    page = text(client, admin, reverse("reports") + "?q=" + str(REPORTS[-1].label))
    assert reverse("report", args=["seasonality"]) in page
    assert reverse("report", args=["agents"]) not in page


def test_agents_are_told_apart_when_the_supervisor_looks(client, shop):
    answer = read(client, make_user("supervisor"), reverse("report", args=["agents"]))
    assert set(lines(answer)) == {"Amal", "Bilal"}
    assert "commission" not in [column.slug for column in answer.context["table"].columns]


def test_agent_sees_only_own_orders_in_the_report(client, shop):
    answer = read(client, shop["amal"], reverse("report", args=["agents"]))
    assert set(lines(answer)) == {"Amal"}
    assert answer.context["table"].total.values["leads"] == 2


def test_long_tables_begin_with_fifty_rows_and_show_all_when_asked(client, shop):
    admin, address = make_user("admin"), f"{reverse('report', args=['global'])}?by=day&period=90d"
    page = read(client, admin, address)
    assert len(page.context["sheet"].lines) == 50
    assert "Afficher 40 lignes de plus" in page.content.decode()
    assert page.context["table"].total.values["leads"] == 4
    whole = read(client, admin, f"{reverse('report', args=['global'])}{page.context['all_rows']}")
    assert len(whole.context["sheet"].lines) == 90
    assert "de plus<" not in whole.content.decode()
    assert all("rows=all" in head.url for head in whole.context["sheet"].heads)


def test_filters_combine_when_several_are_set(client, shop):
    admin, address = make_user("admin"), reverse("report", args=["agents"])
    lamp = shop["lamp"].product_id
    answer = read(client, admin, f"{address}?product={lamp}&platform=facebook")
    assert set(lines(answer)) == {"Amal"}
    answer = read(client, admin, f"{address}?product={lamp}&platform=none")
    assert not answer.context["sheet"].lines
    assert 'class="empty' in answer.content.decode()


def test_products_have_stock_spend_and_profit_when_the_owner_looks(client, shop):
    table = read(client, make_user("admin"), reverse("report", args=["products"])).context["table"]
    (lamp,) = [row for row in table.rows if row.label == "Lampe Essai"]
    assert lamp.values["ad_spend"] == Decimal("41.30")
    assert lamp.values["profit"] == Decimal("100.00") - Decimal("61.37") - Decimal("41.30")
    assert lamp.values["stock"] == 27 or lamp.values["stock"] == 29
    alone = read(
        client, make_user("admin"), reverse("report", args=["products"]) + f"?product={shop['lamp'].product_id}"
    ).context["table"]
    assert [row.label for row in alone.rows] == ["Lampe Essai"]
    assert dict(alone.total.values) == {slug: value for slug, value in lamp.values.items() if slug != "stock"}


@pytest.mark.parametrize(
    ("sort", "names"),
    [("-revenue", ["Bilal", "Amal"]), ("revenue", ["Amal", "Bilal"]), ("name", ["Amal", "Bilal"]), ("-nothing", None)],
)
def test_rows_follow_the_column_when_it_is_chosen(client, shop, sort, names):
    answer = read(client, make_user("admin"), reverse("report", args=["agents"]) + f"?sort={sort}")
    assert names is None or [row.label for row in answer.context["table"].rows] == names


def test_weeks_and_months_add_up_to_the_total_when_days_are_put_together(client, shop):
    admin, address = make_user("admin"), reverse("report", args=["global"])
    for axis in ("day", "week", "month"):
        table = read(client, admin, f"{address}?by={axis}&period=90d").context["table"]
        for slug in ("leads", "delivered", "revenue", "cogs", "ad_spend", "profit"):
            assert sum(row.values[slug] or 0 for row in table.rows) == table.total.values[slug], (axis, slug)
        assert {row.values["aov"] for row in table.rows} == {None, table.total.values["aov"]}


def test_seasons_map_adds_up_to_the_leads_when_hours_are_taken_apart(client, shop):
    admin = make_user("admin")
    answer = read(client, admin, reverse("report", args=["seasonality"]))
    heat = answer.context["heat"]
    assert heat.total == 4
    assert sum(cell.value for row in heat.rows for cell in row.cells) == 4
    assert read(client, admin, answer.context["heat_url"]).context["total"] == 4
    numbers = [(cell.value, url) for _row, cells, _url in answer.context["heat_rows"] for cell, url in cells]
    for value, url in [*answer.context["heat_totals"], *(number for number in numbers if number[0])]:
        assert read(client, admin, url).context["total"] == value, url
    assert max(cell.shade for row in heat.rows for cell in row.cells) == 8


def test_stages_of_the_way_add_up_to_the_lead_time_when_orders_went_through_all(client, shop):
    answer = read(client, make_user("admin"), reverse("report", args=["lead-time"]))
    stages, whole = answer.context["stages"], answer.context["whole_way"]
    assert whole.orders == 2
    assert sum(stage.days for stage in stages) == pytest.approx(whole.days, abs=Decimal("0.00000001"))


@pytest.mark.parametrize("basis", ["cohort", "event"])
def test_stages_count_the_orders_of_the_lead_time_when_filters_and_rights_narrow_it(client, shop, basis):
    lamp = shop["lamp"].product_id
    for user, asked, orders in (
        ("amal", "", 1),
        ("admin", f"&product={lamp}", 1),
        ("admin", f"&agent={shop['bilal'].pk}", 1),
        ("admin", "&platform=facebook", 1),
        ("admin", "&source=none&carrier=none", None),
        ("admin", "&source=none&period=yesterday", 0),
    ):
        person = shop[user] if user in shop else make_user(user)
        answer = read(client, person, reverse("report", args=["lead-time"]) + f"?basis={basis}{asked}")
        whole, total = answer.context["whole_way"], answer.context["table"].total.values
        assert whole.orders == total["delivered"]
        assert orders is None or whole.orders == orders
        assert {stage.orders for stage in answer.context["stages"]} == {whole.orders}
        days = whole.days and whole.days.quantize(Decimal("0.000001"))
        assert days == total["lead_time"]


def test_money_map_ends_at_the_profit_when_it_is_drawn(client, shop):
    answer = read(client, make_user("admin"), reverse("report", args=["money-map"]))
    chart = answer.context["chart"]
    assert chart.series[0].values[-1] == answer.context["table"].total.values["profit"]


def test_file_holds_numbers_and_what_they_were_before(client, shop):
    address = reverse("report_export", args=["agents", "csv"])
    answer = read(client, make_user("admin", language="en"), f"{address}?sort=name&compare=before")
    rows = list(csv.reader(StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Agent", "Leads", "Leads avant"]
    assert [row[0] for row in rows[1:]] == ["Amal", "Bilal", "Total"]
    assert rows[-1][1:3] == ["4", "0"]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_paper_is_in_the_language_asked_for(client, shop, language):
    page = text(
        client, make_user("admin", language="en"), reverse("report_print", args=["agents"]) + f"?lang={language}"
    )
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page


@pytest.mark.parametrize(
    "query",
    [
        "?from=2026-02-31",
        "?period=never",
        "?by=nothing",
        "?product=x&agent=99999999999",
        "?sort=--",
        "?compare=1",
        "?from=9999-01-01&to=0001-01-01",
        "?city=%00",
        "?platform=" + "x" * 50,
    ],
)
def test_report_answers_when_the_address_is_nonsense(client, shop, query):
    admin = make_user("admin")
    for slug in ("agents", "global"):
        read(client, admin, reverse("report", args=[slug]) + query)
    read(client, admin, reverse("report_rows") + query)


@pytest.mark.parametrize("slug", ["agents", "products", "global", "seasonality", "lead-time"])
def test_queries_stay_the_same_when_there_are_more_rows(client, shop, slug):
    admin, address = make_user("admin"), reverse("report", args=[slug])

    def count():
        read(client, admin, address)
        with CaptureQueriesContext(connection) as captured:
            read(client, admin, address)
        return len(captured)

    few = count()
    for _number in range(6):
        make_order(make_variant(stock=3), state="delivered", assignee_id=make_user("agent").pk)
    assert count() <= few


@pytest.mark.parametrize("role", ["admin", "agent"])
def test_rows_add_up_to_every_figure_that_links_to_them(client, shop, role):
    """From the page, as a person goes: each link of the table, and what the page behind it says on top."""
    user = shop["amal"] if role == "agent" else make_user("admin")
    followed = 0
    for slug in ("agents", "products", "global", "cancelled", "sources"):
        if slug not in {report.slug for report in reports_for(user.as_actor())}:
            continue
        answer = read(client, user, reverse("report", args=[slug]) + "?period=7d")
        table, links = answer.context["table"], answer.context["links"]
        if not table.rows:
            continue
        for row in [*table.rows, table.total]:
            for column in table.columns:
                if row.values.get(column.slug) is None or column.kpi is None:
                    continue
                address = links.to(column.slug, row.filters, row.period)
                assert address == "" or escape(address) in answer.content.decode()
                if address:
                    behind = read(client, user, address).context
                    assert behind["figure"] == row.values[column.slug], (slug, row.label, column.slug)
                    question = behind["question"]
                    if question.kpi.sums == (question.part.slug,):
                        assert behind["total"] == row.values[column.slug], (slug, row.label, column.slug)
                    followed += 1
    assert followed > 20


def test_ratio_opens_both_its_sums_when_it_is_followed(client, shop):
    admin = make_user("admin")
    answer = read(client, admin, reverse("report_rows") + "?kpi=delivery_rate&period=7d")
    assert len(answer.context["tabs"]) == 2
    assert answer.context["total"] == 2
    whole = read(client, admin, reverse("report_rows") + answer.context["tabs"][1]["url"]).context["total"]
    assert whole == 3
    assert answer.context["figure"] == (Decimal(2) / 3).quantize(Decimal("0.000001"))


def test_rows_of_others_stay_hidden_when_an_agent_asks(client, shop):
    answer = read(client, shop["amal"], reverse("report_rows") + f"?kpi=leads&agent={shop['bilal'].pk}")
    assert answer.context["count"] == 0
    assert "Bilal" not in answer.content.decode()
    assert "Bilal" in text(client, make_user("supervisor"), reverse("report_rows") + f"?agent={shop['bilal'].pk}")
    read(client, shop["amal"], reverse("report_rows") + "?kpi=profit", 404)
    read(client, shop["buyer"], reverse("report_rows") + "?kpi=leads", 404)
    assert read(client, shop["buyer"], reverse("report_rows")).context["question"].kpi is KPIS["ad_spend"]


def test_rows_come_page_by_page_and_whole_in_the_file(client):
    admin, lamp = make_user("admin"), make_variant(stock=100)
    made = {make_order(lamp).reference for _number in range(53)}
    address, seen = reverse("report_rows") + "?kpi=leads&period=7d", []
    while address:
        answer = read(client, admin, address)
        seen += [row.order.reference for row, _value, _is_moment in answer.context["rows"]]
        address = reverse("report_rows") + answer.context["next_url"] if answer.context["has_next"] else ""
    assert len(seen) == 53
    assert set(seen) == made
    answer = read(client, admin, reverse("report_rows_export", args=["csv"]) + "?kpi=leads&period=7d")
    rows = list(csv.reader(StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert {row[0] for row in rows[1:]} == made
    assert sum(int(row[-1]) for row in rows[1:]) == 53


def test_expense_opens_its_page_when_its_row_is_followed(client):
    admin = make_user("admin")
    expense = add_expense(actor=SYSTEM, kind="rent", amount=Decimal("7351.00"), spent_on=today())
    address = reverse("finance_expense", args=[expense.pk])
    assert f'href="{address}"' in text(client, admin, reverse("report_rows") + "?kpi=expenses")
    read(client, admin, address)


@pytest.mark.parametrize(
    ("asked", "days"), [("from={first}", 5), ("to={first}", 1), ("from={first}&to={first}", 1), ("", 30)]
)
def test_days_go_on_until_today_when_only_the_first_is_typed(client, shop, asked, days):
    first, admin = today() - timedelta(days=4), make_user("admin")
    for page, found in ((reverse("report", args=["agents"]), "query"), ("/", "picked")):
        answer = read(client, admin, f"{page}?{asked.format(first=first)}")
        assert answer.context[found].period.days == days


def test_a_day_opens_only_its_own_rows_when_it_is_followed(client, shop):
    admin = make_user("admin")
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert (
        read(client, admin, reverse("report_rows") + f"?kpi=leads&from={yesterday}&to={yesterday}").context["count"]
        == 0
    )


@pytest.mark.parametrize("role", ["admin", "supervisor", "agent", "buyer"])
def test_every_figure_of_the_home_page_opens_its_rows(client, shop, role):
    user = shop["amal"] if role == "agent" else shop["buyer"] if role == "buyer" else make_user(role)
    of_finance = [reverse("finance"), reverse("finance_product", args=[shop["lamp"].product_id])]
    whole = "".join(text(client, user, page) for page in ["/", *(of_finance if role == "admin" else [])])
    addresses = {unescape(found) for found in re.findall(r'href="(/reports/rows/[^"]*)"', whole)}
    assert addresses
    for address in addresses:
        read(client, user, address)
