"""The daily grid: products down, platforms across, one buyer's spend of one day in the cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError

from commanda.ads.models import AdSpend, Platform
from commanda.ads.rates import MAD
from commanda.ads.services.spend import SpendCell
from commanda.catalog.models import Product
from commanda.web.ads.forms import RateField
from commanda.web.finance.forms import MoneyField


@dataclass(slots=True)
class Cell:
    """An input of the grid: what stands in it, and what is wrong with it."""

    name: str
    platform: Platform
    text: str
    error: str = ""
    # What came from accounts for the same product and platform, MAD.
    imported_amount: Decimal | None = None


@dataclass(slots=True)
class Row:
    product: Product
    cells: list[Cell]


@dataclass(slots=True)
class Grid:
    """The grid as shown: `currency` and `rate` hold for all its cells."""

    rows: list[Row]
    currency: str = MAD
    rate: str = "1"
    errors: dict[str, str] = field(default_factory=dict)

    def put_error(self, name: str | None, text: str) -> None:
        """Beside the cell of that name, otherwise under the field, or above the grid (field "")."""
        for cell in (cell for row in self.rows for cell in row.cells):
            if cell.name == name:
                cell.error = text
                return
        self.errors[name if name in {"rate", "currency", "spent_on", "buyer"} else ""] = text

    @property
    def has_errors(self) -> bool:
        return bool(self.errors) or any(cell.error for row in self.rows for cell in row.cells)


def cell_name(product_id: int, platform_id: int) -> str:
    """The input's name; the services name it in their errors."""
    return SpendCell(product_id, platform_id, Decimal(0)).field


def read_grid(
    products: Sequence[Product],
    platforms: Sequence[Platform],
    spent: Mapping[tuple[int, int], AdSpend],
    typed: Mapping[str, str] | None = None,
    imported: Mapping[tuple[int | None, int], Decimal] | None = None,
) -> Grid:
    """The grid with what is saved, or with what was typed.

    Figures in several currencies are shown in dirhams, so that one rate holds for all.
    """
    used = {(row.currency, row.rate) for row in spent.values()}
    currency, rate = next(iter(used)) if len(used) == 1 else (MAD, Decimal(1))

    def text_of(product: Product, platform: Platform) -> str:
        if typed is not None:
            return typed.get(cell_name(product.pk, platform.pk), "")
        row = spent.get((product.pk, platform.pk))
        if row is None:
            return ""
        return _plain(row.amount if len(used) == 1 else row.mad_amount)

    rows = [
        Row(product, [_cell(product, p, text_of(product, p), imported or {}) for p in platforms])
        for product in products
    ]
    if typed is not None:
        return Grid(rows, typed.get("currency", MAD), typed.get("rate", "1"))
    # Dirhams need no rate; whoever chooses another currency then types one, or leaves it to the table.
    return Grid(rows, currency, "" if currency == MAD else _plain(rate))


def _cell(product: Product, platform: Platform, text: str, imported: Mapping[tuple[int | None, int], Decimal]) -> Cell:
    name = cell_name(product.pk, platform.pk)
    return Cell(name, platform, text, imported_amount=imported.get((product.pk, platform.pk)))


def _plain(number: Decimal) -> str:
    """`120,5`, `1`: as one would type it."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def cells_of(grid: Grid, spent: Mapping[tuple[int, int], AdSpend]) -> list[SpendCell]:
    """What was typed, as cells for the service; an emptied cell becomes zero, errors land beside their cells."""
    amount = MoneyField(required=False)
    found = []
    for row in grid.rows:
        for cell in row.cells:
            try:
                value = amount.clean(cell.text)
            except ValidationError as error:
                cell.error = " ".join(error.messages)
                continue
            if value is None and (row.product.pk, cell.platform.pk) not in spent:
                continue
            found.append(SpendCell(row.product.pk, cell.platform.pk, value or Decimal(0)))
    return found


def rate_of(grid: Grid) -> Decimal | None:
    """The rate as typed; dirhams need none, None is that of the table. An unreadable one is an error of the grid."""
    if grid.currency == MAD:
        return Decimal(1)
    try:
        rate: Decimal | None = RateField(required=False).clean(grid.rate)
    except ValidationError as error:
        grid.put_error("rate", " ".join(error.messages))
        return Decimal(1)
    return rate
