"""Components, filters, charts, pages of rows and htmx answers."""

import json
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from commanda.accounts.models import User
from commanda.kernel import formats
from commanda.web import charts, htmx, icons
from commanda.web.pagination import keyset_page
from tests.factories.people import make_user

TEMPLATES = settings.PACKAGE_DIR / "web" / "templates"


def render(source: str, **context: object) -> str:
    request = RequestFactory().get("/orders/?state=new&after=old")
    from django_cotton.compiler_regex import CottonCompiler

    return str(engines["django"].from_string(CottonCompiler().process(source)).render(context, request))


EVIL = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    "source",
    [
        '<c-card :title="evil" :data-x="evil">x</c-card>',
        '<c-card title="{{ evil }}" data-x="{{ evil }}">x</c-card>',
        '<c-stat :label="evil" :hint="evil" :help="evil" />',
        '<c-badge-state :state="state" />',
        '<c-badge :text="evil" :colour="evil" />',
        "{% person evil evil evil %}",
        '<c-page-header :title="evil" :subtitle="evil" />',
        '<c-empty :title="evil" :text="evil" />',
        '<c-timeline-item :title="evil" :who="evil" />',
        '<c-copy :text="evil" />',
        '<c-tab :label="evil" :href="evil" />',
        '<c-chart :chart="chart" />',
        '<c-phone :number="evil" :text="evil" />',
    ],
)
def test_component_escapes_what_people_typed_when_it_renders(source):
    state = SimpleNamespace(label=EVIL, color=EVIL)
    chart = charts.ranking(EVIL, [(EVIL, 1, "")])
    page = render(source, evil=EVIL, state=state, chart=chart)
    assert "<script>alert" not in page
    assert "alert" in page


def test_component_ignores_the_page_s_variables_when_it_has_the_same_names():
    page = render("<c-card>body</c-card><c-stat>1</c-stat>", title="LEAK", hint="LEAK", actions="LEAK", delta=1)
    assert "LEAK" not in page
    assert "stat-delta" not in page


@pytest.mark.parametrize("name", [path.stem for path in sorted((TEMPLATES / "components").glob("*.html"))])
def test_component_declares_its_variables_when_it_is_written(name):
    text = (TEMPLATES / "components" / f"{name}.html").read_text(encoding="utf-8")
    used = set(re.findall(r"{[{%][^}]*?\b(title|subtitle|label|href|icon|text|value|actions|footer)\b", text))
    declared = re.search(r"<c-vars([^>]*)>", text)
    found = set(re.findall(r":?([a-z_]+)=", declared[1])) if declared else set()
    assert used - found - {"label", "icon", "text", "title", "value", "href"} == set()


def test_every_icon_exists_when_a_template_names_it():
    names = set()
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        names |= set(re.findall(r"{% icon \"([a-z0-9-]+)\"", text))
        names |= set(re.findall(r"<c-icon[^>]*\bname=\"([a-z0-9-]+)\"", text))
        names |= set(re.findall(r"<c-(?:stat|card|badge|empty|timeline-item)\b[^>]*\bicon=\"([a-z0-9-]+)\"", text))
    assert len(names) > 20
    fallback = icons.icon_paths(icons.FALLBACK)
    assert sorted(name for name in names - {icons.FALLBACK} if icons.icon_paths(name) == fallback) == []


def test_icon_is_a_point_when_the_name_leaves_the_folder():
    assert icons.icon_paths("../../../package") == icons.icon_paths(icons.FALLBACK) != ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (Decimal("0.634"), "63,4\u202f%"), (0, "0,0\u202f%"), (Decimal("-0.0001"), "0,0\u202f%"), ("x", "–")],
)
def test_ratio_reads_as_percent_when_written(value, text):
    assert formats.pct(value) == text


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_count_keeps_its_digits_when_grouped(number):
    assert int(formats.qty(number).replace(formats.NARROW_SPACE, "")) == number


def test_figures_stay_left_to_right_when_written():
    page = render("{{ amount|mad }}{{ phone|phone }}", amount=Decimal("1234.5"), phone="+212612345678")
    assert page.count('<bdi dir="ltr"') == 2
    assert "1\u202f234,50\u00a0DH" in page
    assert "06 12 34 56 78" in page


@pytest.mark.parametrize(("name", "short"), [("Nora Bensouda", "NB"), ("Nora", "N"), ("", "?"), ("يوسف العلوي", "يا")])
def test_initials_are_taken_when_a_name_is_given(name, short):
    assert f">{short}<" in render("{% avatar name %}", name=name)


@given(*[st.integers(min_value=-50, max_value=500)] * 4)
def test_stock_bar_never_exceeds_its_frame_when_levels_are_odd(on_hand, reserved, in_transit, available):
    page = render(
        "{% stock_segments a b c d as parts %}{% for p in parts %}{{ p.start }} {{ p.width }};{% endfor %}",
        a=on_hand,
        b=reserved,
        c=in_transit,
        d=available,
    )
    parts = [tuple(map(Decimal, part.split())) for part in page.strip(";").split(";")]
    assert all(width >= 0 for _start, width in parts)
    assert parts[-1][0] + parts[-1][1] <= Decimal("100.03")


def test_chart_data_and_table_say_the_same_when_built():
    chart = charts.bar("Cash", ["Mon", "Tue"], [charts.Series("MAD", [Decimal("10.50"), None])], unit=charts.Unit.MAD)
    data = json.loads(json.dumps(chart.data))
    assert data["series"][0]["values"] == ["10.50", None]
    assert [figures for _label, _link, figures in chart.rows] == [(data["series"][0]["texts"][0],), ("–",)]


def test_chart_is_refused_when_a_series_has_another_length():
    with pytest.raises(ValueError, match="1 values for 2 labels"):
        charts.line("Leads", ["a", "b"], [charts.Series("x", [1])])


def test_waterfall_ends_in_its_sum_when_a_total_is_named():
    chart = charts.waterfall("Profit", [("In", Decimal(100), ""), ("Out", Decimal(-130), "")], total_label="Profit")
    assert chart.series[0].values[-1] == Decimal(-30)


def test_empty_chart_says_so_when_there_is_nothing_to_draw():
    page = render('<c-chart :chart="chart" />', chart=charts.line("Leads", [], []))
    assert "chart-empty" in page
    assert "data-chart" not in page


@pytest.mark.django_db
def test_each_row_comes_once_when_pages_are_walked_both_ways():
    for number in range(7):
        make_user("agent", name=f"Same {number % 2}")
    order, everybody = ("-name", "id"), User.objects.all()
    expected = list(everybody.order_by(*order))
    page = keyset_page(everybody, order=order, size=3)
    walked, back = list(page), []
    assert page.previous_cursor is None
    while page.next_cursor:
        page = keyset_page(everybody, order=order, cursor=page.next_cursor, size=3)
        walked += page
    while page.previous_cursor:
        page = keyset_page(everybody, order=order, cursor=page.previous_cursor, size=3)
        back = [*page, *back]
    assert walked == expected
    assert back == expected[: len(back)]
    assert len(back) >= 3


@pytest.mark.django_db
def test_no_row_is_skipped_when_a_new_one_arrives_between_two_pages():
    people = [make_user("agent", name=f"P{number}") for number in range(4)]
    everybody = User.objects.filter(name__startswith="P")
    first = keyset_page(everybody, order=("-id",), size=2)
    make_user("agent", name="P9")
    second = keyset_page(everybody, order=("-id",), cursor=first.next_cursor, size=2)
    assert [*first, *second] == people[::-1]


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "", "%%%", "bnVsbA", "WzAsbnVsbF0", "WzAsIngiXQ", "W10"])
def test_first_page_is_shown_when_the_cursor_is_broken(cursor):
    user = make_user("agent")
    assert list(keyset_page(User.objects.all(), order=("-id",), cursor=cursor)) == [user]


def htmx_request(**headers: str):
    from django_htmx.middleware import HtmxDetails

    request = RequestFactory().get("/", headers=headers)
    request.htmx = HtmxDetails(request)
    request.session = SessionStore()
    request._messages = FallbackStorage(request)
    return request


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_part_is_sent_only_when_htmx_swaps_one(headers, expected):
    assert htmx.wants_partial(htmx_request(**headers)) is expected


def test_toasts_add_up_and_stay_ascii_when_several_are_sent():
    request = htmx_request(**{"HX-Request": "true"})
    messages.success(request, "تم الحفظ")
    response = htmx.toast(HttpResponse(), "one", undo_url="/undo")
    header = htmx.with_messages(request, response).headers["HX-Trigger"]
    assert header.isascii()
    assert [row["text"] for row in json.loads(header)["toast"]["rows"]] == ["one", "تم الحفظ"]


def test_pager_keeps_the_filters_when_it_links_to_the_next_page():
    page = SimpleNamespace(next_cursor="new", previous_cursor=None, has_other_pages=True)
    found = render('<c-pagination :page="page" />', page=page)
    assert 'href="?state=new&amp;after=new"' in found
