from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from commanda.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class Shortage:
    """So many units asked for where only so many are available."""

    variant_id: int
    label: str
    wanted: int
    available: int


class OutOfStock(Conflict):
    """Fewer units are available than asked for. `shortages` says which."""

    code = "out_of_stock"

    def __init__(self, shortages: list[Shortage]):
        self.shortages = shortages
        first = shortages[0]
        super().__init__(
            _(
                "Not enough stock of %(label)s: %(wanted)s wanted, %(available)s available. "
                "Change the quantity or the product, or wait for the next receipt."
            ),
            label=first.label,
            wanted=first.wanted,
            available=max(first.available, 0),
        )
