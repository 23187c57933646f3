"""Names of the things that figures are taken apart by, and the choices of the filters."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.accounts.selectors import agents
from commanda.ads.models import Campaign, Platform
from commanda.catalog.models import Product, Variant
from commanda.customers.models import City
from commanda.customers.selectors import city_choices
from commanda.insights.kpis import View, sees_all_orders
from commanda.insights.measures import Dimension
from commanda.intake.models import Source
from commanda.kernel.actor import Actor
from commanda.kernel.clock import read_day
from commanda.kernel.formats import weekday_names
from commanda.orders.models import Order, Reason, State, Store
from commanda.reports.axes import AXES, nameless
from commanda.shipping.models import Carrier
from commanda.shipping.selectors import carriers

NONE: Final = "none"
LARGEST_ID: Final = 2**31 - 1
# Numbers that are no ids, and where they end.
_ENDS: Final = {Dimension.WEEKDAY: 7, Dimension.HOUR: 24}
LABELS: Final = {
    Dimension.DAY: _("Day"),
    Dimension.WEEKDAY: _("Weekday"),
    Dimension.HOUR: _("Hour"),
    Dimension.VARIANT: _("Variant"),
    **{axis.dimension: axis.label for axis in AXES.values() if not axis.is_time},
}
# The filters of reports, in the order of the form.
FILTERS: Final = (
    Dimension.PRODUCT,
    Dimension.AGENT,
    Dimension.PLATFORM,
    Dimension.CITY,
    Dimension.CARRIER,
    Dimension.CHANNEL,
    Dimension.STORE,
    Dimension.SOURCE,
)
_TEXTS: Final = frozenset({Dimension.PLATFORM, Dimension.CHANNEL})


def filters_for(actor: Actor, view: View) -> tuple[Dimension, ...]:
    """The filters that the actor may use."""
    by_dimension = {axis.dimension: axis for axis in AXES.values()}
    # Who sees own orders only has nobody else to choose.
    hidden = set() if sees_all_orders(actor) else {Dimension.AGENT}
    return tuple(
        dimension
        for dimension in FILTERS
        if dimension not in hidden and by_dimension[dimension].is_open_to(actor, view)
    )


def read_key(dimension: Dimension, text: str) -> tuple[bool, Any]:
    """A key out of an address: (whether it can be read, the key). `none` is the key of what has no name."""
    if text == NONE:
        return True, "" if dimension in _TEXTS else None
    if dimension in _TEXTS:
        return 0 < len(text) <= 30, text
    if dimension is Dimension.DAY:
        day = read_day(text)
        return day is not None, day
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return False, None
    number = int(text)
    return number < _ENDS.get(dimension, LARGEST_ID + 1), number


def key_text(key: Any) -> str:
    """A key as it stands in an address."""
    if key is None or key == "":
        return NONE
    return key.isoformat() if isinstance(key, date) else str(key)


def names_of(actor: Actor, dimension: Dimension, keys: Collection[Any]) -> dict[Any, str]:
    """Key → name; one query. What was deleted keeps its key as its name."""
    wanted = [key for key in keys if key not in (None, "")]
    found = _NAMES[dimension](actor, wanted) if dimension in _NAMES and wanted else {}
    return {key: nameless(dimension) if key in (None, "") else str(found.get(key, key)) for key in keys}


def named_filters(actor: Actor, filters: Mapping[Dimension, Any]) -> list[tuple[str, str]]:
    """(what is filtered, by which one), for heads."""
    return [(str(LABELS[dimension]), names_of(actor, dimension, [key])[key]) for dimension, key in filters.items()]


def choices(actor: Actor, dimension: Dimension) -> list[tuple[str, str]]:
    """What a filter offers: (text for the address, name)."""
    return [(str(key), str(label)) for key, label in _CHOICES[dimension](actor)]


def _by_id(rows: Iterable[Any]) -> dict[Any, str]:
    return {row.pk: str(row) for row in rows}


def _platforms(_actor: Actor, _keys: Collection[Any]) -> dict[Any, str]:
    return {platform.slug: platform.name for platform in Platform.objects.all()}


def _people(actor: Actor, keys: Collection[Any]) -> dict[Any, str]:
    """An address may name anybody: who sees only own orders learns nobody else's name by it."""
    people = User.objects.all() if sees_all_orders(actor) else User.objects.filter(pk=actor.user_id)
    return _by_id(people.filter(pk__in=keys))


# Names of cities, stores, carriers … are nobody's secret.
_NAMES: Final[Mapping[Dimension, Callable[[Actor, Collection[Any]], Mapping[Any, Any]]]] = {
    Dimension.PRODUCT: lambda actor, keys: _by_id(Product.objects.visible_to(actor).filter(pk__in=keys)),
    Dimension.VARIANT: lambda actor, keys: {
        row.pk: row.label for row in Variant.objects.visible_to(actor).filter(pk__in=keys).select_related("product")
    },
    Dimension.AGENT: _people,
    Dimension.PLATFORM: _platforms,
    Dimension.CAMPAIGN: lambda actor, keys: _by_id(Campaign.objects.visible_to(actor).filter(pk__in=keys)),
    Dimension.CITY: lambda _actor, keys: _by_id(City.objects.filter(pk__in=keys)),
    Dimension.CARRIER: lambda _actor, keys: _by_id(Carrier.objects.filter(pk__in=keys)),
    Dimension.CHANNEL: lambda _actor, _keys: dict(Order.Channel.choices),
    Dimension.STORE: lambda _actor, keys: _by_id(Store.objects.filter(pk__in=keys)),
    Dimension.SOURCE: lambda actor, keys: _by_id(Source.objects.visible_to(actor).filter(pk__in=keys)),
    Dimension.STATE: lambda _actor, keys: {row.pk: row.label for row in State.objects.filter(pk__in=keys)},
    Dimension.REASON: lambda _actor, keys: {row.pk: row.label for row in Reason.objects.filter(pk__in=keys)},
    Dimension.WEEKDAY: lambda _actor, keys: {key: weekday_names()[key] for key in keys},
    Dimension.HOUR: lambda _actor, keys: {key: f"{key:02d}:00" for key in keys},
}
_CHOICES: Final[Mapping[Dimension, Callable[[Actor], Iterable[tuple[Any, Any]]]]] = {
    Dimension.PRODUCT: lambda actor: Product.objects.visible_to(actor).order_by("name").values_list("pk", "name"),
    Dimension.AGENT: lambda _actor: agents().order_by("name").values_list("pk", "name"),
    Dimension.PLATFORM: lambda _actor: [(row.slug, row.name) for row in Platform.objects.all()],
    Dimension.CITY: lambda _actor: city_choices(),
    Dimension.CARRIER: lambda _actor: [(row.pk, row) for row in carriers()],
    Dimension.CHANNEL: lambda _actor: Order.Channel.choices,
    Dimension.STORE: lambda _actor: [(row.pk, row) for row in Store.objects.all()],
    Dimension.SOURCE: lambda actor: Source.objects.visible_to(actor).values_list("pk", "name"),
}
