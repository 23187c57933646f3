"""The columns of the orders list: one definition for the table, the chooser and the export."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import escape

from commanda.kernel.actor import Actor
from commanda.kernel.formats import DASH
from commanda.kernel.phone import format_phone
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.models import Order
from commanda.shipping.models import Parcel
from commanda.web.addresses import address_frame
from commanda.web.markup import html
from commanda.web.orders.list_rows import Row
from commanda.web.templatetags.commanda import ago, colour, icon, mad, qty


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its slug. `cell` is what a person sees, `value` what a file holds, of a row of `list_rows`.

    `reads`: what both take from the row, and no more. `is_personal`: only for who may see clients.
    """

    slug: str
    label: Promise
    cell: Callable[[Row], Any]
    value: Callable[[Row], Any]
    reads: tuple[str, ...]
    css: str = ""
    is_personal: bool = False


def _plain(slug: str, label: Promise, value: Callable[[Row], Any], *reads: str, **more: Any) -> Column:
    """A column that shows what it holds."""

    def cell(row: Row) -> Any:
        found = value(row)
        return html("<bdi>{}</bdi>", found) if found not in ("", None) else DASH

    return Column(slug, label, cell, value, reads, **more)


def _field(name: str, label: Promise, slug: str = "", **more: Any) -> Column:
    """A column that shows a text of the order as it is."""
    return _plain(slug or name, label, lambda row: row[name], name, **more)


def _moment(slug: str, label: Promise, name: str) -> Column:
    return Column(slug, label, lambda row: ago(row[name]), lambda row: row[name], (name,), css="text-nowrap")


def _reference(row: Row) -> SafeString:
    marks = [_tags(row)] if row["tags"] else []
    if row["possible_duplicate_of_id"]:
        title = _("Same phone and product within seven days")
        marks.insert(0, _mark("yellow", "copy", _("Duplicate?"), title))
    if row["customer__is_blocked"]:
        marks.insert(0, _mark("red", "ban", _("Blocked"), row["customer__blocked_reason"]))
    return html(
        '<a class="cell-main" dir="ltr" href="{}" data-row-link>{}</a> {}',
        address_frame("order").format(row["reference"]),
        row["reference"],
        SafeString(" ".join(marks)),
    )


def _mark(tone: str, name: str, text: str, title: str) -> SafeString:
    return html('<span class="badge bg-{}-lt" title="{}">{}{}</span>', tone, title, icon(name), text)


def _tags(row: Row) -> SafeString:
    return SafeString(" ".join(html('<span class="badge bg-secondary-lt">{}</span>', tag) for tag in row["tags"]))


def _state(row: Row) -> SafeString:
    """As `<c-badge-state>`, written at once: a page holds fifty."""
    return html(
        '<span class="badge badge-state state-{}"><span class="badge-dot"></span>{}</span>',
        colour(row["state__color"]),
        row["state__label"],
    )


def _city(row: Row) -> str:
    return row["city__name"] or row["city_text"]


def _client(row: Row) -> SafeString:
    place = _city(row)
    return html(
        '<div><bdi class="cell-main">{}</bdi><div class="cell-sub"><bdi dir="ltr">{}</bdi>{}<bdi>{}</bdi></div></div>',
        row["customer_name"] or DASH,
        format_phone(row["phone_e164"]),
        " · " if place else "",
        place,
    )


def _goods(row: Row) -> SafeString:
    if not row["lines"]:
        return SafeString(DASH)
    quantity, label = row["lines"][0]
    others = len(row["lines"]) - 1
    more = ngettext("and %(number)s other", "and %(number)s others", others) % {"number": others} if others else ""
    sub = html('<span class="cell-sub">{}</span>', more) if more else ""
    return html("<bdi>{} × {}</bdi> {}", qty(quantity), label, sub)


def _goods_text(row: Row) -> str:
    return ", ".join(f"{quantity} × {label}" for quantity, label in row["lines"])


def _pieces(row: Row) -> int:
    return sum(quantity for quantity, _label in row["lines"])


def _agent(row: Row) -> Any:
    return _agent_text(row) or html('<span class="text-secondary">{}</span>', _("nobody"))


def _agent_text(row: Row) -> str:
    return row["assignee__name"] or row["assignee__email"] or ""


def _of_parcel(name: str) -> Callable[[Row], str]:
    return lambda row: row["parcel"][name] if row["parcel"] else ""


def _parcel_status(row: Row) -> str:
    parcel = row["parcel"]
    return parcel["status_text"] or str(Parcel.Status(parcel["status"]).label) if parcel else ""


_COLUMNS: Final = (
    Column(
        "order", gettext_lazy("Order"), _reference, lambda row: row["reference"],
        ("id", "reference", "tags", "possible_duplicate_of_id", "customer__is_blocked", "customer__blocked_reason"),
        "card-lead",
    ),
    _moment("created", gettext_lazy("Received"), "created_at"),
    Column(
        "state", gettext_lazy("State"), _state, lambda row: row["state__label"], ("state__label", "state__color"),
        "card-corner",
    ),
    Column(
        "client", gettext_lazy("Client"), _client, lambda row: row["customer_name"],
        ("customer_name", "phone_e164", "city__name", "city_text"), is_personal=True,
    ),
    Column(
        "phone", gettext_lazy("Phone"),
        lambda row: html('<bdi dir="ltr" class="text-nowrap">{}</bdi>', format_phone(row["phone_e164"])),
        lambda row: format_phone(row["phone_e164"]), ("phone_e164",), is_personal=True,
    ),
    _plain("city", gettext_lazy("City"), _city, "city__name", "city_text"),
    _field("address", gettext_lazy("Address"), css="card-wide cell-long", is_personal=True),
    Column("products", gettext_lazy("Products"), _goods, _goods_text, ("lines",)),
    Column("quantity", gettext_lazy("Quantity"), lambda row: qty(_pieces(row)), _pieces, ("lines",), "text-end num"),
    Column(
        "total", gettext_lazy("Total"), lambda row: html('<span class="money">{}</span>', mad(row["total_amount"])),
        lambda row: row["total_amount"], ("total_amount",), "text-end num",
    ),
    Column("agent", gettext_lazy("Agent"), _agent, _agent_text, ("assignee__name", "assignee__email")),
    _plain("channel", gettext_lazy("Channel"), lambda row: Order.Channel(row["channel"]).label, "channel"),
    _field("platform", gettext_lazy("Platform")),
    _field("campaign", gettext_lazy("Campaign")),
    _plain("source", gettext_lazy("Source"), lambda row: row["source"] or "", "source"),
    _field("store__name", gettext_lazy("Store"), slug="store"),
    _plain("type", gettext_lazy("Order type"), lambda row: row["order_type__label"] or "", "order_type__label"),
    Column("tags", gettext_lazy("Tags"), _tags, lambda row: ", ".join(row["tags"]), ("tags",)),
    _field("note", gettext_lazy("Note"), css="card-wide cell-long", is_personal=True),
    Column(
        "attempts", gettext_lazy("Attempts"), lambda row: qty(row["queue_entry__attempts"]),
        lambda row: row["queue_entry__attempts"], ("queue_entry__attempts",), "text-end num",
    ),
    _moment("due", gettext_lazy("Next call"), "queue_entry__due_at"),
    _plain("carrier", gettext_lazy("Carrier"), _of_parcel("carrier__name"), "parcel"),
    Column(
        "tracking", gettext_lazy("Tracking number"),
        lambda row: html('<bdi dir="ltr">{}</bdi>', _of_parcel("tracking_number")(row) or DASH),
        _of_parcel("tracking_number"), ("parcel",),
    ),
    _plain("parcel", gettext_lazy("Parcel"), _parcel_status, "parcel"),
    _plain(
        "reason", gettext_lazy("Reason"), lambda row: row["reason__label"] or row["reason_text"],
        "reason__label", "reason_text",
    ),
    _plain(
        "created_by", gettext_lazy("Entered by"), lambda row: row["created_by__name"] or row["created_by__email"] or "",
        "created_by__name", "created_by__email",
    ),
    _moment("contacted", gettext_lazy("First contact"), "contacted_at"),
    _moment("confirmed", gettext_lazy("Confirmed"), "confirmed_at"),
    _moment("shipped", gettext_lazy("Shipped"), "shipped_at"),
    _moment("delivered", gettext_lazy("Delivered"), "delivered_at"),
    _moment("updated", gettext_lazy("Last change"), "updated_at"),
)  # fmt: skip
COLUMNS: Final = {column.slug: column for column in _COLUMNS}
USUAL: Final = ("order", "client", "products", "total", "state", "agent", "created")
ALWAYS: Final = "order"
# What a file holds when nothing was chosen: everything somebody may want to work with.
IN_FILES: Final = (
    "order", "created", "state", "client", "phone", "city", "address", "products", "quantity", "total", "agent",
    "channel", "platform", "note",
)  # fmt: skip


def choose(slugs: Iterable[str], actor: Actor, usual: Iterable[str] = USUAL) -> list[Column]:
    """The known columns among `slugs` that the actor may see, the reference first; the usual ones for none."""
    known = [slug for slug in dict.fromkeys(slugs) if slug in COLUMNS] or list(usual)
    sees_clients = may_see(actor, FieldClass.PERSONAL)
    if not sees_clients:  # the place stays of what stood in the client's column
        known = list(dict.fromkeys("city" if slug == "client" else slug for slug in known))
    wanted = [ALWAYS, *(slug for slug in known if slug != ALWAYS)]
    return [COLUMNS[slug] for slug in wanted if sees_clients or not COLUMNS[slug].is_personal]


def read_by(columns: Iterable[Column]) -> set[str]:
    """What `list_rows` must read for these columns."""
    return {name for column in columns for name in column.reads}


def table_rows(rows: Iterable[Row], columns: list[Column]) -> SafeString:
    """The rows of the table, written at once: a template for each cell would cost more than reading the orders."""
    openings = [html('<td class="{}" data-label="{}">', column.css, str(column.label)) for column in columns]
    frame = _row_frame()
    return SafeString("".join(_table_row(row, columns, openings, frame) for row in rows))


def _table_row(row: Row, columns: list[Column], openings: list[SafeString], frame: str) -> str:
    cells = "".join(
        f"{opening}{escape(column.cell(row))}</td>" for opening, column in zip(openings, columns, strict=True)
    )
    return frame.format(pk=row["id"], reference=row["reference"], cells=cells)


def _row_frame() -> str:
    """What is the same in every row: the box to tick it, and the way to look at it beside the list."""
    look = _("Look at")  # by itself: texts inside of f-strings are not collected for translation
    page, drawer = (address_frame(name).format("{reference}") for name in ("order", "order_drawer"))
    return (
        '<tr data-row><td class="card-select is-tight"><input type="checkbox" class="form-check-input" name="ids" '
        'value="{pk}" data-bulk-row aria-label="{reference}"></td>{cells}<td class="is-tight card-hide">'
        f'<a class="btn btn-icon btn-sm btn-ghost-secondary" href="{page}" hx-get="{drawer}" hx-target="#drawer" '
        f'data-row-peek aria-label="{look} {{reference}}">'
        f"{icon('layout-sidebar-right')}</a></td></tr>\n"
    )
