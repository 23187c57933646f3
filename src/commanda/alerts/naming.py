"""What alerts are about, by name: one statement for each kind of thing, whatever the number of alerts."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from commanda.accounts.models import User
from commanda.ads.models import AdAccount, Platform
from commanda.alerts.models import AlertRule
from commanda.catalog.models import Product
from commanda.customers.models import City
from commanda.intake.models import Source
from commanda.shipping.models import Carrier

Things = Mapping[str, int | str]


def _by_id(model: Any) -> Callable[[Collection[Any]], Mapping[Any, Any]]:
    return lambda ids: model._default_manager.in_bulk(list(ids))


def _platforms(slugs: Collection[Any]) -> Mapping[Any, Any]:
    return {platform.slug: platform for platform in Platform.objects.filter(slug__in=slugs)}


# In the order in which a title names them.
_LOADERS: Final[dict[str, Callable[[Collection[Any]], Mapping[Any, Any]]]] = {
    "product": _by_id(Product),
    "city": _by_id(City),
    "carrier": _by_id(Carrier),
    "platform": _platforms,
    "agent": _by_id(User),
    "buyer": _by_id(User),
    "account": _by_id(AdAccount),
    "source": _by_id(Source),
    "rule": _by_id(AlertRule),
}


class Names:
    """The things that some alerts are about. The caller has checked that the alerts may be seen."""

    def __init__(self, all_things: Iterable[Things]) -> None:
        keys: dict[str, set[int | str]] = defaultdict(set)
        for things in all_things:
            for kind, key in things.items():
                keys[kind].add(key)
        self._found = {kind: load(keys[kind]) for kind, load in _LOADERS.items() if kind in keys}

    def thing(self, kind: str, things: Things) -> Any:
        """The row itself; None when the alert is about none, or it is gone."""
        return self._found.get(kind, {}).get(things.get(kind))

    def title(self, things: Things) -> str:
        """`Montre Atlas · Facebook`; "" for an alert about nothing in particular."""
        parts = [str(self.thing(kind, things) or things[kind]) for kind in _LOADERS if kind in things]
        return " · ".join([*parts, *([str(things["task"])] if "task" in things else [])])
