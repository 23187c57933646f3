"""A page with every component, for the tests that look at them in a browser. Not part of the application."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.templatetags.static import static
from django.urls import path
from django.utils import timezone
from django_cotton.compiler_regex import CottonCompiler

from commanda.config.urls import urlpatterns as real_urls
from commanda.web import charts, htmx
from commanda.web.navigation import ITEMS
from commanda.web.pagination import KeysetPage

SENT: list[str] = []
STATES = [
    ("Nouvelle", "blue"),
    ("Confirmée", "teal"),
    ("Livrée", "green"),
    ("Retournée", "red"),
    ("Reportée", "yellow"),
]
PAGE = (Path(__file__).parent / "gallery.html").read_text(encoding="utf-8")


def _charts() -> list[charts.Chart]:
    days = [f"{day} nov." for day in range(1, 15)]
    money = [("Ventes", Decimal(900), ""), ("Coûts", Decimal(-500), ""), ("Pub", Decimal(-700), "")]
    return [
        charts.line("Leads", days, [charts.Series("Leads", list(range(14)), None)]),
        charts.bar("États", days, [charts.Series("A", [1] * 14), charts.Series("B", [2] * 14)], stacked=True),
        charts.funnel("Entonnoir", [("Leads", 100, "/orders/"), ("Livrées", 40, "")]),
        charts.donut("Pub", [("Un", Decimal(3), ""), ("Deux", Decimal(4), "")], unit=charts.Unit.MAD),
        charts.waterfall("Profit", money, total_label="Profit"),
        charts.ranking("Villes", [("Rabat", Decimal("0.7"), "")], unit=charts.Unit.RATIO),
        charts.line("Vide", [], []),
    ]


def gallery(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    states = [SimpleNamespace(label=label, color=color) for label, color in STATES]
    rows = [
        SimpleNamespace(ref=f"CM-00100{n}", state=states[n % 5], total=Decimal(349), at=now - timedelta(hours=n))
        for n in range(6)
    ]
    context: dict[str, Any] = {
        "rows": rows,
        "states": states,
        "charts": _charts(),
        "page": KeysetPage(rows, next_cursor="n", previous_cursor="p"),  # type: ignore[type-var]
        "tabs": [{"url": "?s=1", "label": "Toutes", "count": 12, "is_active": True, "colour": "blue"}],
        "values": [1, 5, 3],
        "ratio": Decimal("0.083"),
        "now": now,
    }
    template = engines["django"].from_string(CottonCompiler().process(PAGE))
    return HttpResponse(template.render(context, request))


def send(request: HttpRequest) -> HttpResponse:
    SENT.append(request.POST.get("row", "form"))
    # Without an icon of its own Chromium asks for one at the root.
    icon = f"<link rel='icon' href='{static('img/logo.svg')}' type='image/svg+xml'>"
    return htmx.toast(HttpResponse(f"<!doctype html><html lang='fr'><title>Sent</title>{icon}"), "Sent")


def row(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(CottonCompiler().process('<c-drawer title="CM-1">Détails</c-drawer>'))
    return HttpResponse(template.render({}, request))


def cities(request: HttpRequest) -> JsonResponse:
    found = [name for name in ("Casablanca", "Rabat") if request.GET.get("q", "").lower() in name.lower()]
    return JsonResponse({"results": [{"value": name, "text": name, "detail": "<b>Maroc</b>"} for name in found]})


urlpatterns = [
    path("gallery/", gallery),
    path("gallery/send", send),
    path("gallery/row", row),
    path("gallery/cities", cities),
    *real_urls,
    *(path(f"gallery/{item.url_name}/", gallery, name=item.url_name) for item in ITEMS),
]
