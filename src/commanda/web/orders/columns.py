"""The columns of the orders list: one definition for the table, the chooser and the export."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import escape

from commanda.intake.selectors import rows_with_source
from commanda.kernel.actor import Actor
from commanda.kernel.formats import DASH
from commanda.kernel.phone import format_phone
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.models import Order
from commanda.shipping.models import Parcel
from commanda.shipping.selectors import current_parcels
from commanda.web.addresses import address_frame
from commanda.web.markup import html
from commanda.web.templatetags.commanda import ago, colour, icon, mad, qty


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its slug. `cell` is what a person sees, `value` what a file holds; `joins` what both need.

    `is_personal`: only for who may see clients.
    """

    slug: str
    label: Promise
    cell: Callable[[Order], Any]
    value: Callable[[Order], Any]
    css: str = ""
    joins: tuple[str, ...] = ()
    is_personal: bool = False


def _plain(slug: str, label: Promise, value: Callable[[Order], Any], **more: Any) -> Column:
    """A column that shows what it holds."""

    def cell(order: Order) -> Any:
        found = value(order)
        return html("<bdi>{}</bdi>", found) if found not in ("", None) else DASH

    return Column(slug, label, cell, value, **more)


def _moment(slug: str, label: Promise, name: str) -> Column:
    return Column(
        slug, label, lambda order: ago(getattr(order, name)), lambda order: getattr(order, name), css="text-nowrap"
    )


def _client(order: Order) -> SafeString:
    place = str(order.city or order.city_text)
    return html(
        '<div><bdi class="cell-main">{}</bdi><div class="cell-sub"><bdi dir="ltr">{}</bdi>{}<bdi>{}</bdi></div></div>',
        order.customer_name or DASH,
        format_phone(order.phone_e164),
        " · " if place else "",
        place,
    )


def _goods(order: Order) -> SafeString:
    lines = order.lines.all()
    if not lines:
        return SafeString(DASH)
    others = len(lines) - 1
    more = ngettext("and %(number)s other", "and %(number)s others", others) % {"number": others} if others else ""
    sub = html('<span class="cell-sub">{}</span>', more) if more else ""
    return html("<bdi>{} × {}</bdi> {}", qty(lines[0].quantity), lines[0].label, sub)


def state_badge(order: Order) -> SafeString:
    """As `<c-badge-state>`, written at once: a page holds fifty."""
    return html(
        '<span class="badge badge-state state-{}"><span class="badge-dot"></span>{}</span>',
        colour(order.state.color),
        order.state.label,
    )


def _tags(order: Order) -> SafeString:
    return SafeString(" ".join(html('<span class="badge bg-secondary-lt">{}</span>', tag) for tag in order.tags))


def _reference(order: Order) -> SafeString:
    marks = [_tags(order)]
    if order.possible_duplicate_of_id:
        title = _("Same phone and product within seven days")
        marks.insert(0, _mark("yellow", "copy", _("Duplicate?"), title))
    if order.customer.is_blocked:
        marks.insert(0, _mark("red", "ban", _("Blocked"), order.customer.blocked_reason))
    return html(
        '<a class="cell-main" dir="ltr" href="{}" data-row-link>{}</a> {}',
        address_frame("order").format(order.reference),
        order.reference,
        SafeString(" ".join(marks)),
    )


def _mark(tone: str, name: str, text: str, title: str) -> SafeString:
    return html('<span class="badge bg-{}-lt" title="{}">{}{}</span>', tone, title, icon(name), text)


def _agent(order: Order) -> Any:
    return order.assignee or html('<span class="text-secondary">{}</span>', _("nobody"))


def _parcel(order: Order) -> Parcel | None:
    return next(iter(order.parcels.all()), None)


def _parcel_value(name: str) -> Callable[[Order], str]:
    def value(order: Order) -> str:
        parcel = _parcel(order)
        return str(getattr(parcel, name)) if parcel else ""

    return value


def _parcel_status(order: Order) -> str:
    parcel = _parcel(order)
    return (parcel.status_text or parcel.get_status_display()) if parcel else ""


def _entry(order: Order) -> Any:
    return getattr(order, "queue_entry", None)


def _source(order: Order) -> str:
    row = next(iter(order.staged_rows.all()), None)
    return row.source.name if row else ""


def _lines_text(order: Order) -> str:
    return ", ".join(f"{line.quantity} × {line.label}" for line in order.lines.all())


_COLUMNS: Final = (
    Column("order", gettext_lazy("Order"), _reference, lambda order: order.reference, "card-lead", ("customer",)),
    Column("created", gettext_lazy("Received"), lambda o: ago(o.created_at), lambda o: o.created_at, "text-nowrap"),
    Column("state", gettext_lazy("State"), state_badge, lambda o: o.state.label, "card-corner"),
    Column(
        "client", gettext_lazy("Client"), _client, lambda o: o.customer_name, joins=("city",), is_personal=True
    ),
    Column(
        "phone", gettext_lazy("Phone"),
        lambda o: html('<bdi dir="ltr" class="text-nowrap">{}</bdi>', format_phone(o.phone_e164)),
        lambda o: format_phone(o.phone_e164), is_personal=True,
    ),
    _plain("city", gettext_lazy("City"), lambda o: str(o.city or o.city_text), joins=("city",)),
    _plain("address", gettext_lazy("Address"), lambda o: o.address, css="card-wide cell-long", is_personal=True),
    Column("products", gettext_lazy("Products"), _goods, _lines_text, joins=("lines",)),
    Column(
        "quantity", gettext_lazy("Quantity"), lambda o: qty(sum(line.quantity for line in o.lines.all())),
        lambda o: sum(line.quantity for line in o.lines.all()), "text-end num", ("lines",),
    ),
    Column(
        "total", gettext_lazy("Total"), lambda o: html('<span class="money">{}</span>', mad(o.total_amount)),
        lambda o: o.total_amount, "text-end num",
    ),
    Column("agent", gettext_lazy("Agent"), _agent, lambda o: str(o.assignee or ""), joins=("assignee",)),
    _plain("channel", gettext_lazy("Channel"), lambda o: o.get_channel_display()),
    _plain("platform", gettext_lazy("Platform"), lambda o: o.platform),
    _plain("campaign", gettext_lazy("Campaign"), lambda o: o.campaign),
    _plain("source", gettext_lazy("Source"), _source, joins=("source",)),
    _plain("store", gettext_lazy("Store"), lambda o: o.store.name, joins=("store",)),
    _plain(
        "type", gettext_lazy("Order type"), lambda o: o.order_type.label if o.order_type else "", joins=("order_type",)
    ),
    Column("tags", gettext_lazy("Tags"), _tags, lambda o: ", ".join(o.tags)),
    _plain("note", gettext_lazy("Note"), lambda o: o.note, css="card-wide cell-long", is_personal=True),
    Column(
        "attempts", gettext_lazy("Attempts"), lambda o: qty(_entry(o).attempts) if _entry(o) else DASH,
        lambda o: _entry(o).attempts if _entry(o) else "", "text-end num", ("queue_entry",),
    ),
    Column(
        "due", gettext_lazy("Next call"), lambda o: ago(_entry(o).due_at) if _entry(o) else DASH,
        lambda o: _entry(o).due_at if _entry(o) else "", "text-nowrap", ("queue_entry",),
    ),
    _plain(
        "carrier", gettext_lazy("Carrier"), lambda o: str(parcel.carrier) if (parcel := _parcel(o)) else "",
        joins=("parcels",),
    ),
    Column(
        "tracking", gettext_lazy("Tracking number"),
        lambda o: html('<bdi dir="ltr">{}</bdi>', _parcel_value("tracking_number")(o) or DASH),
        _parcel_value("tracking_number"), joins=("parcels",),
    ),
    _plain("parcel", gettext_lazy("Parcel"), _parcel_status, joins=("parcels",)),
    _plain(
        "reason", gettext_lazy("Reason"), lambda o: o.reason.label if o.reason else o.reason_text, joins=("reason",)
    ),
    _plain("created_by", gettext_lazy("Entered by"), lambda o: str(o.created_by or ""), joins=("created_by",)),
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
_FOLLOWED: Final = {"city", "assignee", "store", "order_type", "reason", "created_by", "customer", "queue_entry"}


def choose(slugs: Iterable[str], actor: Actor, usual: Iterable[str] = USUAL) -> list[Column]:
    """The known columns among `slugs` that the actor may see, the reference first; the usual ones for none."""
    known = [slug for slug in dict.fromkeys(slugs) if slug in COLUMNS] or list(usual)
    sees_clients = may_see(actor, FieldClass.PERSONAL)
    if not sees_clients:  # the place stays of what stood in the client's column
        known = list(dict.fromkeys("city" if slug == "client" else slug for slug in known))
    wanted = [ALWAYS, *(slug for slug in known if slug != ALWAYS)]
    return [COLUMNS[slug] for slug in wanted if sees_clients or not COLUMNS[slug].is_personal]


def with_joins(rows: QuerySet[Order], columns: Iterable[Column]) -> QuerySet[Order]:
    """The orders with what the columns show; a constant number of queries."""
    joins = {join for column in columns for join in column.joins} | {"customer"}
    rows = rows.select_related("state", *sorted(joins & _FOLLOWED))
    if "lines" in joins:
        rows = rows.prefetch_related("lines")
    if "parcels" in joins:
        rows = rows.prefetch_related(Prefetch("parcels", current_parcels()))
    if "source" in joins:
        rows = rows.prefetch_related(Prefetch("staged_rows", rows_with_source()))
    return rows


def table_rows(orders: Iterable[Order], columns: list[Column]) -> SafeString:
    """The rows of the table, written at once: a template for each cell would cost more than reading the orders."""
    openings = [html('<td class="{}" data-label="{}">', column.css, str(column.label)) for column in columns]
    frame = _row_frame()
    return SafeString("".join(_row(order, columns, openings, frame) for order in orders))


def _row(order: Order, columns: list[Column], openings: list[SafeString], frame: str) -> str:
    cells = "".join(
        f"{opening}{escape(column.cell(order))}</td>" for opening, column in zip(openings, columns, strict=True)
    )
    return frame.format(pk=order.pk, reference=order.reference, cells=cells)


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
