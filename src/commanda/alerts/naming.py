"""What alerts are about, by name: one statement for each kind of thing, whatever the number of alerts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Model

from commanda.accounts.models import User
from commanda.ads.models import AdAccount, Platform
from commanda.alerts.models import AlertRule
from commanda.catalog.models import Product
from commanda.customers.models import City
from commanda.intake.models import Source
from commanda.shipping.models import Carrier

Things = Mapping[str, int | str]


# Where each kind of thing is found and by what, in the order in which a title names them.
_PLACES: Final[dict[str, tuple[type[Model], str]]] = {
    "product": (Product, "pk"),
    "city": (City, "pk"),
    "carrier": (Carrier, "pk"),
    "platform": (Platform, "slug"),
    "agent": (User, "pk"),
    "buyer": (User, "pk"),
    "account": (AdAccount, "pk"),
    "source": (Source, "pk"),
    "rule": (AlertRule, "pk"),
}


class Names:
    """The things that some alerts are about. The caller has checked that the alerts may be seen."""

    def __init__(self, all_things: Iterable[Things]) -> None:
        keys: dict[str, set[int | str]] = defaultdict(set)
        for things in all_things:
            for kind, key in things.items():
                keys[kind].add(key)
        self._found = {
            kind: model._default_manager.in_bulk(list(keys[kind]), field_name=field)
            for kind, (model, field) in _PLACES.items()
            if kind in keys
        }

    def thing(self, kind: str, things: Things) -> Any:
        """The row itself; None when the alert is about none, or it is gone."""
        return self._found.get(kind, {}).get(things.get(kind))

    def title(self, things: Things) -> str:
        """`Montre Atlas · Facebook`; "" for an alert about nothing in particular."""
        parts = [str(self.thing(kind, things) or things[kind]) for kind in _PLACES if kind in things]
        return " · ".join([*parts, *([str(things["task"])] if "task" in things else [])])
