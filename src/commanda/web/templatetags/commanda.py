"""Filters and tags of every template (built in: no `load` needed)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from commanda.kernel import formats
from commanda.kernel.actor import Actor
from commanda.kernel.phone import format_phone
from commanda.web import charts
from commanda.web.icons import icon_paths
from commanda.web.markup import html

register = template.Library()

COLOURS = frozenset(
    [
        "blue",
        "azure",
        "indigo",
        "purple",
        "pink",
        "red",
        "orange",
        "yellow",
        "lime",
        "green",
        "teal",
        "cyan",
        "primary",
        "secondary",
        "dark",
        "muted",
        "success",
        "warning",
        "danger",
        "info",
    ]
)
NAME_COLOURS = ("blue", "azure", "indigo", "purple", "pink", "orange", "green", "teal", "cyan")


def _left_to_right(text: str, classes: str = "") -> SafeString:
    return html('<bdi dir="ltr" class="{}">{}</bdi>', f"num {classes}".strip(), text)


@register.filter
def mad(value: Any) -> SafeString:
    """`1 234,50 DH`, kept left to right."""
    return _left_to_right(formats.mad(value))


@register.filter
def qty(value: Any) -> SafeString:
    """`1 234`."""
    return _left_to_right(formats.qty(value))


@register.filter
def pct(value: Any, places: int = 1) -> SafeString:
    """A ratio 0..1 as `63,4 %`; a dash for None."""
    return _left_to_right(formats.pct(value, places))


@register.filter
def phone(e164: str | None) -> SafeString:
    """`06 12 34 56 78`."""
    return _left_to_right(format_phone(e164 or "") or formats.DASH)


@register.filter
def ago(value: datetime | date | None) -> SafeString:
    """A time that reads "3 minutes ago", kept fresh by `times.js`; the exact one on hover or without scripts."""
    if not value:
        return SafeString(formats.DASH)
    if not isinstance(value, datetime):
        return html(
            '<time datetime="{}">{}</time>',
            value.isoformat(),
            date_format(value, "j N Y"),
        )
    return _ago(value, get_language())


@lru_cache(maxsize=4096)
def _ago(value: datetime, language: str | None) -> SafeString:
    """Written once: lists are looked at again and again."""
    exact = _to_the_minute(timezone.localtime(value).replace(second=0, microsecond=0), language)
    return html('<time data-time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, exact)


@lru_cache(maxsize=4096)
def _to_the_minute(local: datetime, _language: str | None) -> str:
    """Written once for all the rows of a list that came together."""
    return date_format(local, "j N Y H:i")


@register.filter
def moment(value: datetime | None) -> SafeString:
    """The exact local time: `22 nov. 2026 14:05`."""
    if not value:
        return SafeString(formats.DASH)
    local = timezone.localtime(value)
    return html(
        '<time datetime="{}">{}</time>',
        value.isoformat(),
        _to_the_minute(local.replace(second=0, microsecond=0), get_language()),
    )


@register.filter
def duration(value: timedelta | None) -> str:
    """A length of time in the units that matter: `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d`."""
    if value is None:
        return formats.DASH
    seconds = max(round(value.total_seconds()), 0)
    minutes, rest = divmod(seconds, 60)
    if minutes < 10:
        parts = [(minutes, pgettext("unit of time", "min")), (rest, pgettext("unit of time", "s"))]
    elif minutes < 48 * 60:
        parts = [(minutes // 60, pgettext("unit of time", "h")), (minutes % 60, pgettext("unit of time", "min"))]
    else:
        parts = [(minutes // 60 // 24, pgettext("unit of time", "d"))]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or f"0 {pgettext('unit of time', 's')}"


@register.filter
def can(actor: Actor, permission: str) -> bool:
    """`{% if actor|can:"orders.assign" %}`."""
    return actor.can(permission)


@register.simple_tag
def avatar(name: Any, size: str = "sm") -> SafeString:
    """The initials of a person or a shop in a quiet colour, always the same for the same name."""
    looks = f"avatar avatar-{size} bg-{_name_colour(name)}-lt"
    return html('<span class="{}" aria-hidden="true">{}</span>', looks, _initials(name))


@register.simple_tag
def person(name: Any, href: str = "", detail: Any = "") -> SafeString:
    """Avatar and name, as a link where there is one."""
    text = html('<a href="{}">{}</a>', href, name) if href else name
    more = html('<span class="person-detail">{}</span>', detail) if detail else ""
    small = avatar(name, "xs")
    return html('<span class="person">{}<span class="person-text">{}{}</span></span>', small, text, more)


def _initials(name: Any) -> str:
    """At most two letters."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def _name_colour(name: Any) -> str:
    return NAME_COLOURS[sum(str(name).encode()) % len(NAME_COLOURS)]


_OPTION = ('<option value="{}">{}</option>', '<option value="{}" selected>{}</option>')


@register.filter
def options(pairs: Iterable[tuple[Any, Any]], chosen: Any = None) -> SafeString:
    """The options of a drop-down list from pairs of value and label: `{{ field.options|options:field.chosen }}`."""
    return SafeString("".join(html(_OPTION[value == chosen], value, label) for value, label in pairs))


@register.filter
def colour(name: Any, fallback: str = "secondary") -> str:
    """A colour name of the theme; anything else becomes `fallback`, so that data never writes a class."""
    return str(name) if str(name) in COLOURS else fallback


@register.filter
def whatsapp(e164: str | None) -> str:
    """The digits wa.me wants."""
    return (e164 or "").lstrip("+")


@register.filter
def chart_rows(chart: charts.Chart) -> SafeString:
    """The rows of the table below a chart: label, figures."""
    cells = '<td class="num text-end"><bdi dir="ltr">{}</bdi></td>' * len(chart.series)
    linked, plain = (f'<tr><th scope="row">{head}</th>{cells}</tr>' for head in ('<a href="{}">{}</a>', "{}"))
    return SafeString(
        "".join(
            html(linked, link, label, *texts) if link else html(plain, label, *texts)
            for label, link, texts in chart.rows
        )
    )


@register.filter
def spark_points(values: Any) -> str:
    """Points of a sparkline's polyline."""
    return charts.sparkline(list(values or []))


@register.filter
def delta_direction(value: Any) -> str:
    """`up`, `down` or `flat`."""
    number = formats.to_number(value)
    if not number:
        return "flat"
    return "up" if number > 0 else "down"


@register.filter
def spread(attrs: Any) -> SafeString:
    """The rest of a component's attributes, escaped: use it instead of cotton's own `attrs`, which is not."""
    pairs = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else attrs
    flags = [html("{}", key) for key, value in pairs.items() if value is True]
    valued = [(key, value) for key, value in pairs.items() if value is not True and value is not False]
    return SafeString(" ".join([*flags, *(html('{}="{}"', key, value) for key, value in valued)]))


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, extra: str = "", label: str = "") -> SafeString:
    """An icon; silent for screen readers unless it has a `label`."""
    spoken = html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    fill = ("currentColor", "none") if name.endswith("-filled") else ("none", "currentColor")
    return html(
        '<svg class="icon {}" viewBox="0 0 24 24" width="24" height="24" fill="{}" stroke="{}" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" focusable="false" {}>{}</svg>',
        extra,
        *fill,
        spoken,
        SafeString(icon_paths(name)),
    )


@register.simple_tag
def stock_segments(on_hand: Any, reserved: Any, in_transit: Any, available: Any) -> list[dict[str, str]]:
    """The pieces of a stock bar as shares of 100: available, reserved, in transit, in reading order."""
    zero = Decimal(0)
    pieces = [("available", available), ("reserved", reserved), ("transit", in_transit)]
    numbers = [(name, max(formats.to_number(value) or zero, zero)) for name, value in pieces]
    shown = sum((number for _name, number in numbers), start=zero)
    total = max(shown, formats.to_number(on_hand) or zero, Decimal(1))
    segments, start = [], zero
    for name, number in numbers:
        width = number * 100 / total
        segments.append({"name": name, "start": f"{start:.2f}", "width": f"{width:.2f}"})
        start += width
    return segments


SCRIPT_MODULES = (
    "app",
    "autosubmit",
    "bulk",
    "charts",
    "confirm",
    "copy",
    "dom",
    "forms",
    "live",
    "panels",
    "requests",
    "selects",
    "shortcuts",
    "sortable",
    "tables",
    "theme",
    "times",
    "toasts",
)


@register.simple_tag
def script_modules() -> SafeString:
    """The page's scripts: all modules announced at once, to load side by side, and the starter."""
    preloads = SafeString(
        "\n".join(html('<link rel="modulepreload" href="{}">', static(f"js/{name}.js")) for name in SCRIPT_MODULES)
    )
    return html('{}\n<script type="module" src="{}"></script>', preloads, static("js/app.js"))


@register.filter
def styled(field: Any) -> SafeString:
    """A form field in the look of the page, its errors announced."""
    kind = field.widget_type
    look = {"checkbox": "form-check-input", "select": "form-select"}.get(kind, "form-control")
    attributes: dict[str, Any] = {"class": look + (" is-invalid" if field.errors else "")}
    if kind in {"email", "password"} or field.name in {"login", "code"}:
        attributes["dir"] = "ltr"
    if field.errors:
        attributes["aria-describedby"] = f"{field.id_for_label}-error"
    attributes["placeholder"] = ""
    return field.as_widget(attrs=attributes)


@register.filter
def browser(user_agent: str | None) -> str:
    """`Firefox · Android` out of a user agent; the beginning of an unknown one."""
    agent = user_agent or ""
    names = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
    }
    systems |= {"Linux": "Linux"}
    found = [next((shown for sign, shown in table.items() if sign in agent), "") for table in (names, systems)]
    return " · ".join(filter(None, found)) or agent[:40]


@register.simple_tag(takes_context=True)
def account_tabs(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The tabs of "My account"."""
    path = context["request"].path
    tabs = [
        (reverse("profile"), _("My account")),
        (reverse("account_change_password"), _("Password")),
        (reverse("mfa_index"), _("Security")),
        (reverse("usersessions_list"), _("Sessions")),
    ]
    return [{"url": url, "label": label, "is_active": path.startswith(url)} for url, label in tabs]


@register.filter
def button_tone(tags: str) -> str:
    """The class of an allauth button by its tags: main unless it is dangerous or beside the point."""
    words = str(tags or "")
    if "danger" in words:
        return "btn-danger"
    return "" if any(word in words for word in ("outline", "secondary", "cancel", "link")) else "btn-primary"
