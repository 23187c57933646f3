"""Reading for the shipping desk. Everything starts from what the actor may see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.prepared import any_of, prepared
from commanda.kernel.text import fold, strip_marks
from commanda.orders.models import Order, OrderLine, Reason, State
from commanda.orders.stages import Stage
from commanda.shipping.models import Carrier, Manifest, Parcel

WAITING_UNITS = Q(quantity__gt=F("back_qty") + F("quarantine_qty") + F("lost_qty"))


@dataclass(frozen=True, slots=True)
class Counts:
    """Orders per tab of the shipping desk."""

    to_send: int
    sent: int
    to_inspect: int


def desk_counts(actor: Actor) -> Counts:
    """Three counts, three queries on the stage index."""
    return Counts(
        to_send=_in_stage(actor, Stage.CONFIRMED).count(),
        sent=_in_stage(actor, Stage.SHIPPED).count(),
        to_inspect=_to_inspect(actor).count(),
    )


def to_send(actor: Actor, *, search: str = "", carrier_id: int | None = None) -> QuerySet[Order]:
    """Confirmed orders with lines, city and their parcel (`current_parcels`, a list of none or one)."""
    return _with_rows(actor, _searched(_in_stage(actor, Stage.CONFIRMED), search), carrier_id)


def sent(actor: Actor, *, search: str = "", carrier_id: int | None = None, state: str = "") -> QuerySet[Order]:
    """Orders on the road, like `to_send`; `state` is a slug."""
    rows = _searched(_in_stage(actor, Stage.SHIPPED), search)
    if state:
        rows = rows.filter(state__slug=state)
    return _with_rows(actor, rows, carrier_id)


def to_inspect(actor: Actor, *, search: str = "") -> QuerySet[Order]:
    """Returned orders of which some units wait for inspection, like `to_send`."""
    return _with_rows(actor, _searched(_to_inspect(actor), search), None)


def sent_states(actor: Actor) -> list[tuple[State, int]]:
    """The states of orders on the road with how many stand in each."""
    counts = dict(_in_stage(actor, Stage.SHIPPED).order_by().values_list("state").annotate(number=Count("pk")))
    states = State.objects.filter(stage=Stage.SHIPPED, is_active=True, workflow__is_default=True)
    return [(state, counts.get(state.pk, 0)) for state in states]


def parcel_of(actor: Actor, order_id: int) -> Parcel | None:
    """The order's parcel under way, with its carrier."""
    return (
        Parcel.objects.visible_to(actor)
        .filter(order_id=order_id, is_current=True)
        .select_related("carrier", "manifest")
        .first()
    )


def parcels_of(actor: Actor, order_id: int) -> QuerySet[Parcel]:
    """Every parcel the order ever had, newest first."""
    return Parcel.objects.visible_to(actor).filter(order_id=order_id).select_related("carrier", "manifest")


def order_on_the_way(actor: Actor, order_id: int) -> Order:
    """A confirmed or shipped order. Raises `NotFound`."""
    order = (
        Order.objects.visible_to(actor)
        .filter(pk=order_id, stage__in=[Stage.CONFIRMED, Stage.SHIPPED])
        .select_related("state")
        .first()
    )
    if order is None:
        raise NotFound
    return order


def returned_order(actor: Actor, order_id: int) -> Order:
    """A returned order with its lines. Raises `NotFound`."""
    order = _in_stage(actor, Stage.RETURNED).filter(pk=order_id).prefetch_related("lines").first()
    if order is None:
        raise NotFound
    return order


def parcel_ids(actor: Actor, order_ids: list[int]) -> list[int]:
    """The parcels under way of the orders."""
    rows = Parcel.objects.visible_to(actor).filter(order_id__in=order_ids, is_current=True)
    return list(rows.order_by("order_id").values_list("pk", flat=True))


def one_carrier_id(actor: Actor, order_ids: list[int]) -> int:
    """The carrier that has the parcels of all the orders. Raises `Invalid` when there is none, or several."""
    rows = Parcel.objects.visible_to(actor).filter(order_id__in=order_ids, is_current=True)
    found = list(rows.order_by().values_list("carrier", flat=True).distinct()[:2])
    if len(found) != 1:
        raise Invalid(_("Choose orders whose parcels go with one carrier."), field="ids", code="several_carriers")
    return found[0]


def order_ids_by_reference(actor: Actor, references: list[str]) -> dict[str, int]:
    """Reference → id of those the actor may see."""
    rows = Order.objects.visible_to(actor).filter(reference__in=references)
    return dict(rows.values_list("reference", "pk"))


def carriers(*, only_active: bool = False) -> QuerySet[Carrier]:
    """Carriers by name."""
    return Carrier.objects.filter(is_active=True) if only_active else Carrier.objects.all()


def carriers_with_counts(actor: Actor) -> QuerySet[Carrier]:
    """Carriers with `under_way`: their parcels that the actor may see, on the road."""
    on_road = Parcel.objects.visible_to(actor).filter(
        carrier=OuterRef("pk"), is_current=True, status__in=[Parcel.Status.SHIPPED, Parcel.Status.PROBLEM]
    )
    counted = on_road.order_by().values("carrier").annotate(number=Count("pk")).values("number")
    return Carrier.objects.annotate(under_way=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def carrier(carrier_id: int) -> Carrier:
    """One carrier. Raises `NotFound`."""
    found = Carrier.objects.filter(pk=carrier_id).first()
    if found is None:
        raise NotFound
    return found


def last_carrier_id(actor: Actor) -> int | None:
    """The active carrier of the newest parcel: what to suggest next."""
    return (
        Parcel.objects.visible_to(actor)
        .filter(carrier__is_active=True)
        .order_by("-id")
        .values_list("carrier", flat=True)
        .first()
    )


def manifests(actor: Actor) -> QuerySet[Manifest]:
    """Manifests with `parcel_count` and `cash_total`, newest first; those with a parcel the actor may see."""
    mine = Parcel.objects.visible_to(actor).filter(manifest=OuterRef("pk"))
    return (
        Manifest.objects.filter(Exists(mine))
        .select_related("carrier", "made_by")
        .annotate(parcel_count=Count("parcels"), cash_total=Sum("parcels__cash_amount"))
        .order_by("-id")
    )


def manifest(actor: Actor, manifest_id: int) -> Manifest:
    """One manifest, like `manifests`. Raises `NotFound`."""
    found = manifests(actor).filter(pk=manifest_id).first()
    if found is None:
        raise NotFound(_("This list of parcels does not exist."))
    return found


def manifest_parcels(actor: Actor, manifest_id: int) -> QuerySet[Parcel]:
    """The manifest's parcels with order, city and lines, in the order of their references. Two queries."""
    return (
        Parcel.objects.visible_to(actor)
        .filter(manifest_id=manifest_id)
        .select_related("order__city", "carrier")
        .prefetch_related(Prefetch("order__lines", OrderLine.objects.order_by("id")))
        .order_by("order_id")
    )


def return_reasons() -> QuerySet[Reason]:
    """Why parcels come back, for a choice."""
    return Reason.objects.filter(kind=Reason.Kind.RETURN, is_active=True)


def _in_stage(actor: Actor, stage: Stage) -> QuerySet[Order]:
    return Order.objects.visible_to(actor).filter(stage=stage)


def _to_inspect(actor: Actor) -> QuerySet[Order]:
    waiting = OrderLine.objects.filter(WAITING_UNITS, order=OuterRef("pk"))
    return _in_stage(actor, Stage.RETURNED).filter(Exists(waiting))


def _searched(rows: QuerySet[Order], search: str) -> QuerySet[Order]:
    text = strip_marks(search)
    if not text:
        return rows
    number = text.replace(" ", "").upper()
    tracked = Parcel.objects.filter(order=OuterRef("pk"), is_current=True, tracking_number=number)
    matches = Q(reference__icontains=number) | Q(Exists(tracked))
    if folded := fold(text):
        matches |= Q(name_folded__contains=folded) | Q(city__name_fr__icontains=text) | Q(city__name_ar__contains=text)
    digits = number.lstrip("+").removeprefix("212").lstrip("0")
    if digits.isdigit() and len(digits) >= 6:
        matches |= Q(phone_e164__contains=digits)
    return rows.filter(matches)


def _with_rows(actor: Actor, rows: QuerySet[Order], carrier_id: int | None) -> QuerySet[Order]:
    parcels = Parcel.objects.visible_to(actor).filter(is_current=True).select_related("carrier")
    if carrier_id is not None:
        rows = rows.filter(parcels__is_current=True, parcels__carrier_id=carrier_id)
    return (
        rows.select_related("state", "city", "reason")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.order_by("id")),
            Prefetch("parcels", parcels, to_attr="current_parcels"),
        )
        .order_by("id")
    )


def current_parcels() -> QuerySet[Parcel]:
    """The parcel under way of each order, with its carrier: to be joined to orders the actor may see."""
    return Parcel.objects.filter(is_current=True).select_related("carrier")


def current_parcel_fields(order_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Order id → what a list says of its parcel under way; for orders that the actor may see."""
    return {row["order_id"]: row for row in _current_parcels().all(orders=order_ids)}


@prepared
def _current_parcels() -> QuerySet[Parcel, Any]:
    rows = Parcel.objects.filter(any_of("order_id", "orders"), is_current=True)
    return rows.values("order_id", "carrier__name", "tracking_number", "status", "status_text")
